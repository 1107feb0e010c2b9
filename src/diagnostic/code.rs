//! Every code a diagnostic can carry, with the text `pipectl explain CODE` prints.
//!
//! Codes are stable: scripts filter on them. `<room>::<what-is-wrong>`.

use std::fmt;

/// A stable name for one kind of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    pub name: &'static str,
    pub explanation: &'static str,
}

impl Code {
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        CODES.iter().copied().find(|code| code.name == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

macro_rules! table {
    ($($constant:ident $name:literal $explanation:literal)*) => {
        /// The constants stages name; each is also in [`CODES`].
        pub mod codes {
            use super::Code;
            $(pub const $constant: Code = Code { name: $name, explanation: $explanation };)*
        }

        /// All codes, in the order of the stages that emit them.
        pub const CODES: &[Code] = &[$(codes::$constant),*];
    };
}

table! {
    SOURCE_UNREADABLE "source::unreadable"
        "The file cannot be read: it does not exist, is a folder, or its permissions forbid it. The \
         message carries the operating system's reason."
    SOURCE_NOT_UTF8 "source::not-utf8"
        "A spec is UTF-8 text. The place is the first byte that is not. Save the file as UTF-8 without \
         a byte order mark."
    SOURCE_TOO_LARGE "source::too-large"
        "A spec may have at most 1 MiB, 10,000 values, 32 levels and 100 aliases. Real specs have two or \
         three kilobytes; the limits keep a hostile file from costing more than a few milliseconds."
    SOURCE_EMPTY "source::empty"
        "The file holds no document. A spec needs at least `version`, `name`, `environment` and \
         `bus.pattern`."
    SOURCE_SYNTAX "source::syntax"
        "The text is not YAML 1.2. The place is where the reader lost the thread; the mistake is often one \
         line above: a missing colon, a wrong indentation, an open quote."
    SOURCE_DUPLICATE_KEY "source::duplicate-key"
        "A key stands twice in one map. Readers differ in which one they keep, so neither is taken."
    SOURCE_UNSUPPORTED "source::unsupported"
        "Tags (`!Ref`), merge keys (`<<`), several documents in one file and keys that are not text are \
         YAML, but a spec has no meaning for them."
    SOURCE_EXTENDS "source::extends"
        "`extends` names another spec in the same folder or below it, whose values this one overlays: maps \
         key by key, lists as a whole. A chain may be 8 files long and must not come back to itself."
    SPEC_UNKNOWN_KEY "spec::unknown-key"
        "The key has no meaning at this place. Unknown keys are refused rather than ignored, because an \
         ignored `ttl_day` is a table that never forgets."
    SPEC_MISSING_KEY "spec::missing-key"
        "A key without default is absent. Only `version`, `name`, `environment` and `bus.pattern` must be \
         given; everything else has a default."
    SPEC_WRONG_TYPE "spec::wrong-type"
        "The value is of another kind than the field takes. Units stand in the field's name, so a number \
         is written without unit; an account id is text and needs quotes, because `012345678901` would be \
         read as a number."
    SPEC_OUT_OF_RANGE "spec::out-of-range"
        "The number, text or list is outside of what the AWS service accepts."
    SPEC_UNKNOWN_VALUE "spec::unknown-value"
        "The field takes one of a fixed set of values, and this is none of them."
    SPEC_WRONG_FORM "spec::wrong-form"
        "The text does not have the form the field takes: names are lowercase letters, digits and hyphens, \
         ARNs begin with `arn:`, account ids are twelve digits."
    SPEC_UNSUPPORTED_VERSION "spec::unsupported-version"
        "`version` says which spec language the file is written in. This pipectl reads version 1."
    SPEC_NAME_TOO_LONG "spec::name-too-long"
        "A resource's full name, with environment and suffix, is longer than its service allows."
    QUEUE_VISIBILITY_TOO_SHORT "queue::visibility-too-short"
        "While the processor works on a message, the queue hides it for `queue.visibility_timeout_seconds`. \
         Lambda refuses a queue whose visibility timeout is shorter than the function's timeout, and \
         advises six times the timeout plus the batching window: below that, a throttled batch becomes \
         visible again while it is still being retried, and the same message runs twice at once."
    PROCESSOR_BATCH_WITHOUT_WINDOW "processor::batch-without-window"
        "Lambda fills batches of more than 10 messages only while it waits: a batch size over 10 needs a \
         batching window of at least 1 second, or the event source mapping is refused."
    RENDER_BROKEN "render::broken-template"
        "The expanded template is not what the spec says. This is a mistake in pipectl, not in the spec."
    PACKAGE_NO_CARGO "package::no-cargo"
        "The processor is built with `cargo`, which was not found."
    PACKAGE_NO_SOURCE "package::no-source"
        "Neither a built processor nor its sources were found."
    PACKAGE_BUILD_FAILED "package::build-failed"
        "`cargo build` of the processor failed; its own messages stand above."
    PACKAGE_WRONG_BINARY "package::wrong-binary"
        "The built `bootstrap` does not run where it is going: another architecture, not an ELF program, or \
         it needs a newer C library than Amazon Linux 2023 has (glibc 2.34)."
    LOCAL_UNAVAILABLE "local::unavailable"
        "The local cloud could not be installed or started, or stopped answering."
    AWS_NO_CREDENTIALS "aws::no-credentials"
        "No AWS credentials were found, or they have expired. pipectl uses the standard chain: environment, \
         profile, SSO, process, container and instance role."
    AWS_NO_REGION "aws::no-region"
        "No region is known: `deploy.region` is absent and neither flag, environment nor profile gives one."
    AWS_UNREACHABLE "aws::unreachable"
        "The service's endpoint did not answer: no network, a proxy, or a wrong `--endpoint-url`."
    AWS_DENIED "aws::denied"
        "The credentials are valid but lack a permission. The message names the action."
    AWS_CALL_FAILED "aws::call-failed"
        "An AWS call was answered with an error. The message carries the service's words."
    GUARD_WRONG_ACCOUNT "guard::wrong-account"
        "The credentials belong to another account than `deploy.account`. Nothing was called but \
         `sts:GetCallerIdentity`."
    GUARD_WRONG_REGION "guard::wrong-region"
        "The command line asks for another region than `deploy.region`."
    GUARD_NEEDS_ANSWER "guard::needs-answer"
        "The command asks a question and no terminal can answer it. The help names the flag that does."
    GUARD_DECLINED "guard::declined"
        "The question was answered with no. Nothing was changed."
    GUARD_DATA_LOSS "guard::data-loss"
        "The change would replace or remove a resource that holds data. Each such resource must be accepted \
         by its logical id: `--accept data-loss:EventsTable`."
    STACK_BUSY "stack::busy"
        "CloudFormation works on this stack already. pipectl never starts a second operation on one stack."
    STACK_STUCK "stack::stuck"
        "The stack is in a state that no update can leave, such as `ROLLBACK_COMPLETE` after a failed \
         first creation."
    STACK_MISSING "stack::missing"
        "There is no such stack in this account and region. `pipectl apply` creates it."
    STACK_CHANGE_SET_FAILED "stack::change-set-failed"
        "CloudFormation refused the change set. Nothing was changed."
    STACK_OPERATION_FAILED "stack::operation-failed"
        "A resource failed. The first failure is the cause; what was cancelled after it is not shown."
    STACK_STILL_RUNNING "stack::still-running"
        "pipectl stopped following, the operation goes on at the server. Run the same command again to follow it."
    SEND_INVALID_EVENT "send::invalid-event"
        "The event file is not one JSON object, or exceeds what PutEvents takes (1 MiB)."
    SEND_INCOMPLETE "send::incomplete"
        "Not every event sent has become a row: some died in a dead-letter queue, were refused by the bus, or \
         were not seen within the time given."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_well_formed() {
        for (index, code) in CODES.iter().enumerate() {
            assert!(CODES[index + 1..].iter().all(|other| other.name != code.name), "{code} stands twice");
            let (room, what) = code.name.split_once("::").expect("a room and a name");
            let well_formed =
                |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
            assert!(well_formed(room) && well_formed(what), "{code}");
            assert!(code.explanation.len() > 40, "{code} is not explained");
        }
    }
}
