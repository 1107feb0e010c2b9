/// A command of pipectl that calls AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    Plan,
    Apply,
    History,
    Rollback,
    Recover,
    Destroy,
    Status,
    /// Also `apply --verify`.
    Verify,
    Logs,
    Trace,
    /// It reads stacks of other specs.
    List,
    Drift,
    /// `drift --revert`: reading alone changes nothing, so a job that only reads needs less.
    Revert,
    Send,
    Query,
    Dlq,
    Replay,
    /// It deletes data that cannot be restored.
    Erase,
    /// `cost --measured` and `capacity --measured`; without the flag they make no call.
    Cost,
    /// It checks what can be read.
    Doctor,
}

impl Command {
    pub const ALL: [Self; 20] = [
        Self::Plan,
        Self::Apply,
        Self::History,
        Self::Rollback,
        Self::Recover,
        Self::Destroy,
        Self::Status,
        Self::Verify,
        Self::Logs,
        Self::Trace,
        Self::List,
        Self::Drift,
        Self::Revert,
        Self::Send,
        Self::Query,
        Self::Dlq,
        Self::Replay,
        Self::Erase,
        Self::Cost,
        Self::Doctor,
    ];

    /// The name for `--command`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::History => "history",
            Self::Rollback => "rollback",
            Self::Recover => "recover",
            Self::Destroy => "destroy",
            Self::Status => "status",
            Self::Verify => "verify",
            Self::Logs => "logs",
            Self::Trace => "trace",
            Self::List => "list",
            Self::Drift => "drift",
            Self::Revert => "revert",
            Self::Send => "send",
            Self::Query => "query",
            Self::Dlq => "dlq",
            Self::Replay => "replay",
            Self::Erase => "erase",
            Self::Cost => "cost",
            Self::Doctor => "doctor",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    /// Whether it is allowed by default. Reading other pipelines is not, and neither is erasing rows.
    #[must_use]
    pub fn is_usual(self) -> bool {
        !matches!(self, Self::List | Self::Erase)
    }

    /// The handlers of resource types that CloudFormation runs for it: C, R, U and D. A failed creation is rolled back by
    /// deleting, an update by updating back.
    pub(super) fn handlers(self) -> &'static str {
        match self {
            Self::Apply | Self::Rollback | Self::Recover | Self::Revert => "CRUD",
            Self::Destroy => "RD",
            // Drift detection reads each resource.
            Self::Drift => "R",
            _ => "",
        }
    }

    /// Whether it passes `deploy.role_arn` to CloudFormation.
    pub(super) fn passes_role(self) -> bool {
        self.handlers().contains('D')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_found_by_its_name() {
        for command in Command::ALL {
            assert_eq!(Command::named(command.name()), Some(command));
        }
        assert_eq!(Command::named("validate"), None);
    }
}
