//! The commands that call AWS, by their names on the command line.

macro_rules! table {
    ($($(#[$doc:meta])* $command:ident $name:literal)*) => {
        /// A command of pipectl that calls AWS.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Command {
            $($(#[$doc])* $command),*
        }

        impl Command {
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$command),*];

            /// As `--command` takes it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$command => $name),*
                }
            }
        }
    };
}

table! {
    Plan "plan"
    Apply "apply"
    History "history"
    Rollback "rollback"
    Recover "recover"
    Destroy "destroy"
    Status "status"
    /// Also `apply --verify`.
    Verify "verify"
    Logs "logs"
    Trace "trace"
    /// It looks at stacks of other specs.
    List "list"
    Drift "drift"
    /// `drift --revert`: looking alone changes nothing, so a job that only looks needs less.
    Revert "revert"
    Send "send"
    Query "query"
    Dlq "dlq"
    Replay "replay"
    /// It removes what people cannot make again.
    Erase "erase"
    /// `cost --measured` and `capacity --measured`; without it they call nothing.
    Cost "cost"
    /// It tries what can be read.
    Doctor "doctor"
}

impl Command {
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
