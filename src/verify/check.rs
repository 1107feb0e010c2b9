//! One check of one hop.

use serde::Serialize;

use super::reading::Reading;
use crate::spec::Next;

/// A part of an event's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hop {
    Bus,
    Rule,
    /// Where the rule sends its events.
    Target,
    Queue,
    QueuePolicy,
    /// What makes Lambda read the queue.
    Mapping,
    Processor,
    Environment,
    Concurrency,
    Role,
    Table,
    Key,
}

impl Hop {
    /// In words.
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

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    Broken,
    NotChecked,
}

/// What repairs a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    Next(Next),
    /// A command of another program, or an edit.
    Other(String),
}

impl Repair {
    /// Sets back what was changed behind the stack's back.
    pub(super) const REVERT: Self = Self::Next(Next::Command { verb: "drift", more: "--revert" });
}

/// One thing that was looked at. Public JSON shape, but for the repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub hop: Hop,
    /// Its name, or ARN.
    pub resource: String,
    pub state: State,
    /// What is there.
    pub seen: Option<String>,
    /// What the template says.
    pub expected: Option<String>,
    /// The action that the caller may not use, where it was not checked for that.
    pub not_permitted: Option<String>,
    #[serde(skip)]
    pub repair: Option<Repair>,
}

/// What is wrong with something that is there.
pub(super) struct Fault {
    pub(super) seen: String,
    pub(super) expected: String,
    pub(super) repair: Repair,
}

impl Fault {
    /// Something of the stack's own that is not there.
    pub(super) fn missing() -> Self {
        Self::new("there is none", "it is part of the stack")
    }

    /// What `drift --revert` sets back.
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
    /// Judges what was read of a resource of the stack: each fault is a line, and what has none is one.
    pub(super) fn judge<T>(
        &mut self,
        hop: Hop,
        resource: &str,
        reading: &Reading<T>,
        faults: impl FnOnce(&T) -> Vec<Fault>,
    ) {
        self.judge_or(hop, resource, reading, Fault::missing, faults);
    }

    /// The same of what may not be the stack's. `missing`: what is wrong where it is not there.
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
