//! What AWS counted of a pipeline, for `--measured`.

use super::reporter::Reporter;
use super::{Global, Stop, runtime};
use crate::diagnostic::{Failure, codes};
use crate::operate::{COUNTED_DAYS, counted as count};
use crate::report::Console;
use crate::spec::{MeasuredLoad, Spec};
use camino::Utf8Path;

/// The metrics of the deployed pipeline.
///
/// # Errors
/// The stack does not exist, the metrics have no data, or a call to AWS failed.
pub(super) fn counted(
    path: &Utf8Path,
    spec: &Spec,
    global: &Global,
    console: &mut Console,
) -> Result<MeasuredLoad, Stop> {
    runtime::run(global, async {
        let mut session = runtime::session(global, path, spec, console).await?;
        let stack = session.existing_stack().await?;
        session.use_deployed_names(&stack, &mut Reporter::new(console)).await?;
        let counted =
            count(&session.clients, spec, &session.names, jiff::Timestamp::now().as_second()).await?;
        if counted.sent > 0.0 {
            return Ok(counted);
        }
        let message = format!(
            "CloudWatch counted no messages sent to `{}` in the last {COUNTED_DAYS} days",
            session.names.queue
        );
        let help = if session.is_local() {
            "leave out `--measured`: the local cloud has no metrics of queues"
        } else {
            "leave out `--measured` to use `load`"
        };
        Err(Stop::Failure(Failure::failed(codes::ESTIMATE_NOT_MEASURED, message, help)))
    })
}
