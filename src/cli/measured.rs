use super::reporter::Reporter;
use super::{Global, Stop, runtime};
use crate::cost::Measurements;
use crate::diagnostic::{Failure, codes};
use crate::operate::{COUNTED_DAYS, Counted, counted as count};
use crate::report::Console;
use crate::spec::Spec;
use camino::Utf8Path;

/// What AWS counted of the deployed pipeline.
///
/// # Errors
/// There is no stack, nothing was counted, or what the calls say.
pub(super) fn counted(
    path: &Utf8Path,
    spec: &Spec,
    global: &Global,
    console: &mut Console,
) -> Result<Counted, Stop> {
    runtime::run(global, async {
        let mut session = runtime::session(global, path, spec, console).await?;
        let stack = session.existing_stack().await?;
        session.goes_by(&stack, &mut Reporter::new(console)).await?;
        let counted =
            count(&session.clients, spec, &session.names, jiff::Timestamp::now().as_second()).await?;
        if counted.sent > 0.0 {
            return Ok(counted);
        }
        let message = format!(
            "CloudWatch counted no message into `{}` in the last {COUNTED_DAYS} days",
            session.names.queue
        );
        let help = if session.is_local() {
            "leave out `--measured`: the local cloud has no metrics of queues"
        } else {
            "leave out `--measured` to go by `load`"
        };
        Err(Stop::Failure(Failure::failed(codes::ESTIMATE_NOT_MEASURED, message, help)))
    })
}

/// The same for a bill.
pub(super) fn measurements(counted: &Counted) -> Measurements {
    Measurements {
        sent: counted.sent,
        sent_bytes: counted.sent_bytes,
        received: counted.received,
        deleted: counted.deleted,
        empty_receives: counted.empty_receives,
        invocations: counted.invocations,
        milliseconds: counted.milliseconds,
        table_writes: counted.table_writes,
        index_writes: counted.index_writes,
        table_bytes: counted.stored.table as f64,
        index_bytes: counted.stored.indexes as f64,
        log_bytes: counted.log_bytes,
    }
}
