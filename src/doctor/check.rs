//! One look of `doctor` with its result and its fix.

use serde::Serialize;

use crate::diagnostic::Failure;

/// The area of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    Machine,
    Connection,
    Credentials,
    Account,
    Permissions,
}

impl Area {
    pub const ALL: [Self; 5] =
        [Self::Machine, Self::Connection, Self::Credentials, Self::Account, Self::Permissions];

    /// The name, as it is printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Connection => "connection",
            Self::Credentials => "credentials",
            Self::Account => "account",
            Self::Permissions => "permissions",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Ok,
    /// Some commands can do less than they should.
    Warning,
    /// Commands cannot work.
    Failed,
    /// It was not checked; the finding has the reason.
    Skipped,
}

/// The result of one check. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub area: Area,
    #[serde(rename = "check")]
    pub name: &'static str,
    pub state: State,
    /// What was found, and why it matters.
    pub finding: String,
    /// How to fix it.
    pub fix: Option<String>,
}

impl Check {
    fn new(area: Area, name: &'static str, state: State, finding: impl Into<String>) -> Self {
        Self { area, name, state, finding: finding.into(), fix: None }
    }

    pub(super) fn ok(area: Area, name: &'static str, finding: impl Into<String>) -> Self {
        Self::new(area, name, State::Ok, finding)
    }

    pub(super) fn skipped(area: Area, name: &'static str, why: impl Into<String>) -> Self {
        Self::new(area, name, State::Skipped, why)
    }

    pub(super) fn warning(
        area: Area,
        name: &'static str,
        finding: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { fix: Some(fix.into()), ..Self::new(area, name, State::Warning, finding) }
    }

    pub(super) fn failed(
        area: Area,
        name: &'static str,
        finding: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { fix: Some(fix.into()), ..Self::new(area, name, State::Failed, finding) }
    }

    /// A check from the failure that a command would report.
    pub(super) fn of_failure(area: Area, name: &'static str, failure: Failure) -> Self {
        let one = failure.diagnostics.into_iter().next();
        let (finding, fix) = one.map(|one| (one.message, one.help.unwrap_or_default())).unwrap_or_default();
        Self::failed(area, name, finding, fix)
    }
}
