//! One check of one hop.

use serde::Serialize;

use super::reading::Reading;
use crate::spec::Next;

/// A part of an event's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hop {
    Bus,
    Rule,
    /// The target of the rule.
    Target,
    Queue,
    QueuePolicy,
    /// The mapping by which Lambda reads the queue.
    Mapping,
    Processor,
    Environment,
    Concurrency,
    Role,
    Table,
    Key,
}

impl Hop {
    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bus => "bus",
            Self::Rule => "rule",
            Self::Target => "rule → queue",
            Self::Queue => "queue",
            Self::QueuePolicy => "queue policy",
            Self::Mapping => "queue → processor",
            Self::Processor => "processor",
            Self::Environment => "environment",
            Self::Concurrency => "concurrency",
            Self::Role => "role",
            Self::Table => "table",
            Self::Key => "key",
        }
    }
}

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    Broken,
    NotChecked,
}

/// The fix of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    Next(Next),
    /// A command of another program, or an edit.
    Other(String),
}

impl Repair {
    /// Reverts changes that were made without the stack.
    pub(super) const REVERT: Self = Self::Next(Next::Command { verb: "drift", more: "--revert" });
}

/// One check. Public JSON shape, except for the fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub hop: Hop,
    /// Its name, or ARN.
    pub resource: String,
    pub state: State,
    /// The existing value.
    pub seen: Option<String>,
    /// The template's value.
    pub expected: Option<String>,
    /// The action that the caller has no permission for, if it was not checked for that reason.
    pub not_permitted: Option<String>,
    #[serde(skip)]
    pub repair: Option<Repair>,
}

/// The fault of an existing resource.
pub(super) struct Fault {
    pub(super) seen: String,
    pub(super) expected: String,
    pub(super) repair: Repair,
}

impl Fault {
    /// A resource of the stack that does not exist.
    pub(super) fn missing() -> Self {
        Self::new("there is none", "it is part of the stack")
    }

    /// A fault that `drift --revert` fixes.
    pub(super) fn new(seen: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { seen: seen.into(), expected: expected.into(), repair: Repair::REVERT }
    }

    pub(super) fn repaired_by(self, command: impl Into<String>) -> Self {
        Self { repair: Repair::Other(command.into()), ..self }
    }
}

/// The checks so far.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) all: Vec<Check>,
}

impl Checks {
    /// Adds the result for a resource of the stack: a line per fault, or one line without faults.
    pub(super) fn judge<T>(
        &mut self,
        hop: Hop,
        resource: &str,
        reading: &Reading<T>,
        faults: impl FnOnce(&T) -> Vec<Fault>,
    ) {
        self.judge_or(hop, resource, reading, Fault::missing, faults);
    }

    /// The same for a resource that may not belong to the stack. `missing`: the fault if it does not exist.
    pub(super) fn judge_or<T>(
        &mut self,
        hop: Hop,
        resource: &str,
        reading: &Reading<T>,
        missing: impl FnOnce() -> Fault,
        faults: impl FnOnce(&T) -> Vec<Fault>,
    ) {
        let line = Check {
            hop,
            resource: resource.to_owned(),
            state: State::Ok,
            seen: None,
            expected: None,
            not_permitted: None,
            repair: None,
        };
        let broken = |fault: Fault| Check {
            state: State::Broken,
            seen: Some(fault.seen),
            expected: Some(fault.expected),
            repair: Some(fault.repair),
            ..line.clone()
        };
        match reading {
            Reading::Found(found) => {
                let faults = faults(found);
                if faults.is_empty() {
                    self.all.push(line);
                } else {
                    self.all.extend(faults.into_iter().map(broken));
                }
            }
            Reading::Missing => self.all.push(broken(missing())),
            Reading::Denied(action) => self.all.push(Check {
                state: State::NotChecked,
                seen: Some(format!("`{action}` is denied")),
                not_permitted: Some(action.clone()),
                ..line
            }),
            Reading::Unread(why) => {
                self.all.push(Check { state: State::NotChecked, seen: Some(why.clone()), ..line });
            }
        }
    }
}
