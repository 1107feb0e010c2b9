/// The exit codes, as help prints them.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0    done, or nothing to do
  1    the operation failed
  2    only from `plan` and `drift` with `--detailed-exitcode`: there are changes
  3    the spec is invalid
  4    refused by a guard: wrong account, data loss not accepted, declined
  5    busy, or still running at the server
  6    `verify` found a broken hop
  64   wrong usage
  130  interrupted";
