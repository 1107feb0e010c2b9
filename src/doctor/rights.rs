//! Checks the account: its concurrency quota, and which of the commands' reads are allowed.

use super::access::within;
use super::check::{Area, Check, State};
use super::subject::Subject;
use crate::aws::{Clients, Identity};
use crate::deploy::{command_line, over_concurrency, store};
use crate::spec::Spec;
use crate::stack::{CallError, CallErrorKind, ExistingApi as _, StackApi as _};

const CONCURRENCY: &str = "lambda:GetAccountSettings";

/// Checks the account, as far as read calls show it.
pub(super) async fn look(subject: &Subject<'_>, clients: &Clients, identity: &Identity) -> Vec<Check> {
    let Some(spec) = subject.spec else {
        let why = "not checked without a spec: `pipectl doctor path/to/spec.yaml`";
        let concurrency = within(CONCURRENCY, clients.concurrent_executions()).await;
        return vec![
            concurrency_of(None, concurrency.as_ref()),
            not_read(),
            Check::skipped(Area::Permissions, "reads", why),
        ];
    };
    let (concurrency, reads) =
        tokio::join!(within(CONCURRENCY, clients.concurrent_executions()), reads(spec, clients, identity));
    let command = command_line("permissions", subject.path.unwrap_or("SPEC".into()), &subject.target, "");
    vec![concurrency_of(Some(spec), concurrency.as_ref()), not_read(), judged(&reads, &command)]
}

/// One read of each service of a pipeline, whether or not the resource exists.
async fn reads(spec: &Spec, clients: &Clients, identity: &Identity) -> Vec<Result<(), CallError>> {
    let names = spec.resolved_names();
    let store = store(spec, &identity.account, &clients.region);
    let folder = format!("stacks/{}/", names.stack);
    let none = |_| ();
    let (stack, bucket, bus, queue, function, table, group) = tokio::join!(
        within("cloudformation:DescribeStacks", clients.stack(&names.stack)),
        within("s3:ListBucket", clients.artifacts(&store, &folder)),
        within("events:DescribeEventBus", clients.exists("AWS::Events::EventBus", &names.bus)),
        within("sqs:GetQueueUrl", clients.exists("AWS::SQS::Queue", &names.queue)),
        within("lambda:GetFunctionConfiguration", clients.exists("AWS::Lambda::Function", &names.processor)),
        within("dynamodb:DescribeTable", clients.table_indexes(&names.table)),
        within("logs:DescribeLogGroups", clients.exists("AWS::Logs::LogGroup", &names.log_group)),
    );
    let [bus, queue, function, group] = [bus, queue, function, group].map(|read| read.map(none));
    vec![stack.map(|_| ()), bucket.map(|_| ()), bus, queue, function, table.map(|_| ()), group]
}

/// What the reads show of the caller's permissions. `command` prints the required policy.
fn judged(reads: &[Result<(), CallError>], command: &str) -> Check {
    let failed: Vec<&CallError> = reads.iter().filter_map(|read| read.as_ref().err()).collect();
    let denied: Vec<&str> = failed
        .iter()
        .filter(|error| error.kind == CallErrorKind::Denied)
        .map(|error| error.operation.as_str())
        .collect();
    let area = Area::Permissions;
    let policy = format!("`{command}` prints the policy that its commands need");
    if !denied.is_empty() {
        let finding = format!("denied: {}; calls that change something were not tried", denied.join(", "));
        // Every command reads the stack first; commands can do without the other reads.
        let state =
            if denied.contains(&"cloudformation:DescribeStacks") { State::Failed } else { State::Warning };
        return Check { area, name: "reads", state, finding, fix: Some(policy) };
    }
    if let Some(error) = failed.first() {
        let finding = format!("`{}` failed: {}", error.operation, error.message);
        let fix =
            "check that this service's endpoint can be reached from here, for example by a VPC endpoint";
        return Check::warning(area, "reads", finding, fix);
    }
    let finding = format!(
        "{} of {} reads are allowed; calls that change something were not tried",
        reads.len(),
        reads.len()
    );
    Check { fix: Some(policy), ..Check::ok(area, "reads", finding) }
}

fn concurrency_of(spec: Option<&Spec>, read: Result<&u32, &CallError>) -> Check {
    let area = Area::Account;
    match read {
        Err(error) => Check::skipped(area, "concurrency", format!("not read: {}", error.message)),
        Ok(value) => match spec.map(|spec| over_concurrency(spec, *value)).unwrap_or_default().pop() {
            Some((message, help)) => Check::warning(area, "concurrency", message, help),
            None => {
                Check::ok(area, "concurrency", format!("{value} concurrent executions, for all functions"))
            }
        },
    }
}

/// The check for values that only Service Quotas has, which pipectl does not call.
fn not_read() -> Check {
    let finding =
        "not checked, because only Service Quotas shows them: rules per bus, alarms, tables, stacks";
    Check::skipped(Area::Account, "other quotas", finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(operation: &str) -> Result<(), CallError> {
        Err(CallError::new(CallErrorKind::Denied, operation, "denied"))
    }

    #[test]
    fn required_permissions_fail_and_others_warn() {
        let of = |reads: &[Result<(), CallError>]| judged(reads, "pipectl permissions s.yaml");
        assert_eq!(of(&[Ok(()), Ok(())]).state, State::Ok);
        let few = of(&[Ok(()), denied("sqs:GetQueueUrl"), denied("dynamodb:DescribeTable")]);
        assert_eq!(few.state, State::Warning);
        assert!(few.finding.starts_with("denied: sqs:GetQueueUrl, dynamodb:DescribeTable;"), "{few:?}");
        assert_eq!(of(&[denied("cloudformation:DescribeStacks")]).state, State::Failed);
        let silent = CallError::new(CallErrorKind::Unreachable, "events:DescribeEventBus", "no answer");
        assert_eq!(of(&[Ok(()), Err(silent)]).state, State::Warning);
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_takes_too_long_is_named() {
        let silent = within("sqs:GetQueueUrl", std::future::pending::<Result<(), CallError>>()).await;
        let check = judged(&[Ok(()), silent], "pipectl permissions s.yaml");
        assert_eq!(check.finding, "`sqs:GetQueueUrl` failed: no response within 4 s");
    }

    #[test]
    fn quotas_that_may_not_be_read_are_no_fault() {
        let error = CallError::new(CallErrorKind::Denied, "lambda:GetAccountSettings", "denied");
        assert_eq!(concurrency_of(None, Err(&error)).state, State::Skipped);
        assert_eq!(concurrency_of(None, Ok(&1000)).state, State::Ok);
    }
}
