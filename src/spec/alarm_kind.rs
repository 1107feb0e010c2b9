//! What each alarm means, and which command answers it: the alarm's description and `status` say the same.

use serde::Serialize;

use super::AlarmNames;

/// What an alarm watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    QueueDepth,
    DeadLetters,
    Undelivered,
    FailedDeliveries,
    LostEvents,
    OldestMessage,
    ProcessorErrors,
    ProcessorThrottles,
    WriteThrottles,
    Conflicts,
    /// The error budget is used up too fast.
    Burn,
}

/// What to type next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A command of pipectl on the spec, with what follows it.
    Command { verb: &'static str, more: &'static str },
    /// The explanation of the field of the spec that lifts the limit.
    Field(&'static str),
}

impl AlarmKind {
    /// The kind of the alarm of this name; `None` where it is none of pipectl's own.
    #[must_use]
    pub fn of(name: &str, names: &AlarmNames) -> Option<Self> {
        let exact = [
            (&names.queue_depth, Self::QueueDepth),
            (&names.dead_letters, Self::DeadLetters),
            (&names.undelivered, Self::Undelivered),
            (&names.failed_deliveries, Self::FailedDeliveries),
            (&names.lost_events, Self::LostEvents),
            (&names.oldest_message, Self::OldestMessage),
            (&names.processor_errors, Self::ProcessorErrors),
            (&names.processor_throttles, Self::ProcessorThrottles),
            (&names.write_throttles, Self::WriteThrottles),
            (&names.index_throttles, Self::WriteThrottles),
            (&names.conflicts, Self::Conflicts),
            (&names.fast_burn, Self::Burn),
            (&names.slow_burn, Self::Burn),
        ];
        if let Some((_, kind)) = exact.iter().find(|(known, _)| *known == name) {
            return Some(*kind);
        }
        // Those of one rule or one index have its key after the name.
        let several = [
            (&names.failed_deliveries, Self::FailedDeliveries),
            (&names.lost_events, Self::LostEvents),
            (&names.index_throttles, Self::WriteThrottles),
            (&names.fast_burn, Self::Burn),
            (&names.slow_burn, Self::Burn),
        ];
        let of = |known: &str| name.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'));
        several.iter().find(|(known, _)| of(known)).map(|(_, kind)| *kind)
    }

    /// What to type when it fires.
    #[must_use]
    pub fn next(self) -> Next {
        match self {
            Self::DeadLetters => Next::Command { verb: "dlq list", more: "" },
            Self::Conflicts => Next::Command { verb: "dlq list", more: "--reason conflict" },
            Self::Undelivered | Self::FailedDeliveries => {
                Next::Command { verb: "dlq list", more: "--undelivered" }
            }
            // The policy of a queue or of its key was changed.
            Self::LostEvents => Next::Command { verb: "drift", more: "" },
            Self::QueueDepth | Self::OldestMessage | Self::Burn => {
                Next::Command { verb: "status", more: "--watch" }
            }
            Self::ProcessorErrors => Next::Command { verb: "logs", more: "--since 1h --level error" },
            Self::ProcessorThrottles => Next::Field("processor.reserved_concurrency"),
            Self::WriteThrottles => Next::Field("table.status_index"),
        }
    }
}

impl Next {
    /// The command for somebody who has to fill in the spec's path.
    #[must_use]
    pub fn for_any_spec(self) -> String {
        match self {
            Self::Command { verb, more: "" } => format!("pipectl {verb} SPEC"),
            Self::Command { verb, more } => format!("pipectl {verb} SPEC {more}"),
            Self::Field(field) => format!("pipectl explain {field}"),
        }
    }
}

/// The command that each alarm's description names.
#[derive(Debug, Serialize)]
pub struct AlarmCommands {
    queue_depth: String,
    dead_letters: String,
    undelivered: String,
    failed_deliveries: String,
    lost_events: String,
    oldest_message: String,
    processor_errors: String,
    processor_throttles: String,
    write_throttles: String,
    conflicts: String,
    burn: String,
}

impl Default for AlarmCommands {
    fn default() -> Self {
        let next = |kind: AlarmKind| kind.next().for_any_spec();
        Self {
            queue_depth: next(AlarmKind::QueueDepth),
            dead_letters: next(AlarmKind::DeadLetters),
            undelivered: next(AlarmKind::Undelivered),
            failed_deliveries: next(AlarmKind::FailedDeliveries),
            lost_events: next(AlarmKind::LostEvents),
            oldest_message: next(AlarmKind::OldestMessage),
            processor_errors: next(AlarmKind::ProcessorErrors),
            processor_throttles: next(AlarmKind::ProcessorThrottles),
            write_throttles: next(AlarmKind::WriteThrottles),
            conflicts: next(AlarmKind::Conflicts),
            burn: next(AlarmKind::Burn),
        }
    }
}
