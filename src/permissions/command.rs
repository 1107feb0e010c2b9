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
    /// It looks at stacks of other specs.
    List,
    Drift,
    /// `drift --revert`: looking alone changes nothing, so a job that only looks needs less.
    Revert,
    Send,
    Query,
    Dlq,
    /// `cost --measured` and `capacity --measured`; without it they call nothing.
    Cost,
}

impl Command {
    pub const ALL: [Self; 16] = [
        Self::Plan,
        Self::Apply,
        Self::History,
        Self::Rollback,
        Self::Recover,
        Self::Destroy,
        Self::Status,
        Self::Verify,
        Self::Logs,
        Self::List,
        Self::Drift,
        Self::Revert,
        Self::Send,
        Self::Query,
        Self::Dlq,
        Self::Cost,
    ];

    /// As `--command` takes it.
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
            Self::List => "list",
            Self::Drift => "drift",
            Self::Revert => "revert",
            Self::Send => "send",
            Self::Query => "query",
            Self::Dlq => "dlq",
            Self::Cost => "cost",
        }
    }

    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|command| command.name() == name)
    }

    /// Whether it works on one spec's pipeline. What looks at those of others is allowed only where it is asked for.
    #[must_use]
    pub fn is_of_one_pipeline(self) -> bool {
        self != Self::List
    }

    /// The handlers of resource types that CloudFormation runs for it: C, R, U and D. A creation that fails is rolled
    /// back by deleting, an update by updating back.
    pub(super) fn handlers(self) -> &'static str {
        match self {
            Self::Apply | Self::Rollback | Self::Recover | Self::Revert => "CRUD",
            Self::Destroy => "RD",
            // Drift is found by reading each resource.
            Self::Drift => "R",
            _ => "",
        }
    }

    /// Whether it hands `deploy.role_arn` to CloudFormation.
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
