//! The arguments of `apply`.

use camino::Utf8PathBuf;
use clap::Args;

use super::accept::Answers;

/// Make the pipeline what its spec says: build, upload, show the changes, ask, execute and follow.
#[derive(Debug, Clone, Args)]
pub(crate) struct Arguments {
    /// The spec, or a plan saved with `pipectl plan --out`; several are applied side by side.
    #[arg(required = true, value_name = "SPEC")]
    pub(super) specs: Vec<Utf8PathBuf>,
    #[command(flatten)]
    pub(super) answers: Answers,
    /// Finish as soon as CloudFormation has configured all resources, without waiting until they are ready. Not
    /// in production.
    #[arg(long)]
    pub(super) express: bool,
    /// Take over the table, the queues, the bus and the archive, with all their data, from a stack that another
    /// tool created. pipectl sets that stack to retain them and deletes it; then the spec's stack imports them.
    /// Their names must be the names in the spec.
    #[arg(long, value_name = "STACK")]
    pub(super) adopt: Option<String>,
    /// Change only the code of the deployed processor, without CloudFormation. Takes seconds; not in production.
    /// The next apply compares the running code with the code it builds.
    #[arg(long, conflicts_with_all = ["express", "adopt", "fail_fast", "verify"])]
    pub(super) code_only: bool,
    /// Verify the pipeline before and after, as `pipectl verify` does, with a canary event each time. If the new
    /// version breaks a hop that worked before, roll back to the former version, unless that would lose data. The
    /// exit code is 6 if a hop is broken.
    #[arg(long)]
    pub(super) verify: bool,
    /// With several specs: start no further apply after one has failed.
    #[arg(long)]
    pub(super) fail_fast: bool,
}
