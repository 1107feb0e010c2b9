//! The interface to the caller: events, notices and questions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::apply::DeployEvent;
use crate::diagnostic::Failure;
use crate::plan::Plan;

/// Who follows a deploy and answers for the user.
pub trait Observer {
    fn notice(&mut self, notice: Notice<'_>);

    /// Asks the user.
    ///
    /// # Errors
    /// The answer was no, or there is nobody to ask; nothing was changed.
    fn ask(&mut self, question: &Question) -> Result<(), Failure>;

    /// When what the user asked for must be done or given up.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Called about twice a second while an operation runs, so that a picture can move.
    fn tick(&mut self) {}
}

/// For the steps after one that showed the whole plan: theirs are parts of it.
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

/// For a step from whose beginning on a run that ends leaves something to be known.
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

/// What happens. Texts may hold what a service said, and are for people.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A step begins that may take a while.
    Begins(&'static str),
    /// How far the step is.
    Doing(&'a str),
    /// What came of the step; `None`: it failed, and the failure says why.
    Ends(Option<&'a str>),
    /// A line of its own.
    Line(&'a str),
    /// A line that matters even to somebody who asked for quiet.
    Warning(&'a str),
    /// A line for somebody who asked for more.
    Detail(&'a str),
    /// What is about to be changed.
    Plan(&'a Plan),
    /// An operation begins at the server: the resources it changes, with all the resources each refers to.
    Operation(&'a BTreeMap<String, BTreeSet<String>>),
    /// Something happened within the operation.
    Event(&'a DeployEvent),
    /// The operation is over, or is no longer followed.
    OperationEnds,
    /// What must be known of the pipeline, and done, should the run end from here on, however it ends; `None`: no more.
    Unfinished(Option<&'a str>),
}

/// A question that only the user can answer. `--yes` answers each of them.
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
