//! The findings of the checker.

use std::fmt;

/// A broken guarantee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// No longer in the queue, or stuck in it, and not in the table.
    Lost,
    /// Written twice.
    Doubled,
    /// A row that no producer sent.
    Wrong,
    /// Returned, or a dead letter, although nothing was wrong with it and nothing failed.
    WronglyDead,
    /// Still running when Lambda ended it.
    Late,
}

/// Every harm, with what was harmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict(Vec<(Harm, String)>);

impl Verdict {
    pub(crate) fn add(&mut self, harm: Harm, what: String) {
        self.0.push((harm, what));
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn count(&self, harm: Harm) -> usize {
        self.0.iter().filter(|(other, _)| *other == harm).count()
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.0.is_empty()
    }
}

/// The counts, and the first harm if there is one.
impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [lost, doubled, wrong, dead, late] =
            [Harm::Lost, Harm::Doubled, Harm::Wrong, Harm::WronglyDead, Harm::Late]
                .map(|harm| self.count(harm));
        write!(formatter, "lost/doubled/wrong/wrongly dead = {lost}/{doubled}/{wrong}/{dead}, late {late}")?;
        match self.0.first() {
            Some((harm, what)) => write!(formatter, "; first: {harm:?}, {what}"),
            None => Ok(()),
        }
    }
}
