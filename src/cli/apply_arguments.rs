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
    /// Let CloudFormation end once everything is configured, without waiting until it is ready. Not in production.
    #[arg(long)]
    pub(super) express: bool,
    /// Take the table, the queues, the bus and the archive over from a stack that another tool made, with all that is in
    /// them: it is made to retain them and deleted, then the spec's stack imports them. Their names must be the spec's.
    #[arg(long, value_name = "STACK")]
    pub(super) adopt: Option<String>,
    /// Change the code of the deployed processor and nothing else, past CloudFormation. Takes seconds; not in production. The
    /// next apply compares what runs with what it builds.
    #[arg(long, conflicts_with_all = ["express", "adopt", "fail_fast", "verify"])]
    pub(super) code_only: bool,
    /// Verify the pipeline before and after, as `pipectl verify` does, with a canary event each time. Where the new version breaks
    /// what the former one did not, go back to that one, unless that would lose data. The exit code is 6 where a hop is broken.
    #[arg(long)]
    pub(super) verify: bool,
    /// With several specs: begin no other once one has failed.
    #[arg(long)]
    pub(super) fail_fast: bool,
}
