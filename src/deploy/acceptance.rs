//! The consents of a command line: `--yes` and `--accept`.

use std::fmt;
use std::str::FromStr;

/// What the user accepts in advance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consent {
    /// Answers ordinary questions with yes; never a loss of data.
    pub yes: bool,
    pub accepted: Vec<Acceptance>,
}

impl Consent {
    #[must_use]
    pub fn accepts(&self, wanted: &Acceptance) -> bool {
        self.accepted.contains(wanted)
    }

    /// The same acceptances without further questions: the user has already answered.
    #[must_use]
    pub fn answered(&self) -> Self {
        Self { yes: true, accepted: self.accepted.clone() }
    }
}

/// A risk that must be accepted by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Acceptance {
    /// The data in the resource with this logical id is lost.
    DataLoss(String),
    /// The resource with this logical id becomes an existing one that no stack of this spec created.
    Adopt(String),
    /// A newer pipectl applied the stack last.
    Downgrade,
    /// The schema of the detail may reject events that the deployed one accepts.
    ContractBreak,
}

impl Acceptance {
    #[must_use]
    pub fn data_loss(logical_id: &str) -> Self {
        Self::DataLoss(logical_id.to_owned())
    }
}

impl fmt::Display for Acceptance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataLoss(id) => write!(formatter, "data-loss:{id}"),
            Self::Adopt(id) => write!(formatter, "adopt:{id}"),
            Self::Downgrade => formatter.write_str("downgrade"),
            Self::ContractBreak => formatter.write_str("contract-break"),
        }
    }
}

impl FromStr for Acceptance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("data-loss", id)) if !id.is_empty() => Ok(Self::DataLoss(id.to_owned())),
            Some(("adopt", id)) if !id.is_empty() => Ok(Self::Adopt(id.to_owned())),
            None if text == "downgrade" => Ok(Self::Downgrade),
            None if text == "contract-break" => Ok(Self::ContractBreak),
            _ => Err("write `data-loss:` or `adopt:` and the resource's logical id, `downgrade` or `contract-break`"
                .to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_acceptance_reads_back_as_it_is_written() {
        for text in
            ["data-loss:EventsTable", "data-loss:Nested.Rows", "adopt:Queue", "downgrade", "contract-break"]
        {
            assert_eq!(text.parse::<Acceptance>().map(|read| read.to_string()).as_deref(), Ok(text));
        }
        for wrong in ["data-loss:", "data-loss", "adopt:", "yes", "", "downgrade:1"] {
            assert!(wrong.parse::<Acceptance>().is_err(), "{wrong}");
        }
    }
}
