//! The interface to the caller: events, notices and questions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::apply::DeployEvent;
use crate::diagnostic::Failure;
use crate::plan::Plan;

/// Shows the progress of a deploy, and answers for the user.
pub trait Observer {
    fn notice(&mut self, notice: Notice<'_>);

    /// Asks the user.
    ///
    /// # Errors
    /// The answer was no, or there is nobody to ask; nothing was changed.
    fn ask(&mut self, question: &Question) -> Result<(), Failure>;

    /// The deadline for everything that the user asked for.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Called about twice a second while an operation runs, so that a progress display can be redrawn.
    fn tick(&mut self) {}
}

/// For the steps after one that showed the whole plan, of which theirs are parts.
pub(super) struct PlanShown<'a>(pub(super) &'a mut dyn Observer);

impl Observer for PlanShown<'_> {
    fn notice(&mut self, notice: Notice<'_>) {
        if !matches!(notice, Notice::Plan(_)) {
            self.0.notice(notice);
        }
    }

    fn ask(&mut self, question: &Question) -> Result<(), Failure> {
        self.0.ask(question)
    }

    fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    fn tick(&mut self) {
        self.0.tick();
    }
}

/// For a step that leaves something unfinished if the run ends after its beginning.
pub(super) struct Unfinished<'a> {
    pub(super) observer: &'a mut dyn Observer,
    pub(super) words: &'a str,
}

impl Observer for Unfinished<'_> {
    fn notice(&mut self, notice: Notice<'_>) {
        if matches!(notice, Notice::Operation(_)) {
            self.observer.notice(Notice::Unfinished(Some(self.words)));
        }
        self.observer.notice(notice);
    }

    fn ask(&mut self, question: &Question) -> Result<(), Failure> {
        self.observer.ask(question)
    }

    fn deadline(&self) -> Option<Instant> {
        self.observer.deadline()
    }

    fn tick(&mut self) {
        self.observer.tick();
    }
}

/// A report of progress. Texts may contain a service's message, and are for people.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A step begins that may take a while.
    Begins(&'static str),
    /// The progress of the step.
    Doing(&'a str),
    /// The result of the step; `None`: it failed, and the failure has the reason.
    Ends(Option<&'a str>),
    /// A separate line.
    Line(&'a str),
    /// A line that is printed even with `--quiet`.
    Warning(&'a str),
    /// A line that is printed only with `--verbose`.
    Detail(&'a str),
    /// The plan that is about to be executed.
    Plan(&'a Plan),
    /// An operation begins at AWS: the resources it changes, each with the resources it refers to.
    Operation(&'a BTreeMap<String, BTreeSet<String>>),
    /// An event of the operation.
    Event(&'a DeployEvent),
    /// The operation has ended, or is no longer followed.
    OperationEnds,
    /// What the user must know and do if the run ends from here on, for any reason; `None`: nothing any more.
    Unfinished(Option<&'a str>),
}

/// A question that only the user can answer. `--yes` answers all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub text: String,
    /// The word that must be typed; `None`: a yes is enough.
    pub word: Option<String>,
}

impl Question {
    pub(super) fn yes(text: String) -> Self {
        Self { text, word: None }
    }

    pub(super) fn word(word: &str, text: String) -> Self {
        Self { text, word: Some(word.to_owned()) }
    }
}
