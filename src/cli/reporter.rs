//! Shows what `deploy` reports.

use std::time::Instant;

use super::ask;
use crate::apply::{DeployEvent, DeployOutcome};
use crate::deploy::{Notice, Observer, Question};
use crate::diagnostic::{Failure, printable_lines};
use crate::report::{Activity, Console, Format, StackProgress, event_json, event_line, plan_text, printable};
use crate::stack::Stack;

/// Columns of the spinner and the name in the first line of the progress display.
const MARGIN: usize = 18;

/// Shows a deploy: for people, permanent lines above a progress display; for programs, one JSON object per line.
pub(super) struct Reporter<'a> {
    console: &'a mut Console,
    step: Option<Activity>,
    picture: Option<(Activity, StackProgress)>,
}

impl<'a> Reporter<'a> {
    pub(super) fn new(console: &'a mut Console) -> Self {
        Self { console, step: None, picture: None }
    }

    /// Reports that nothing changed, in JSON as an outcome. `None`: the stack does not exist.
    pub(super) fn unchanged(&mut self, name: &str, stack: Option<&Stack>) {
        self.event(&DeployEvent::Outcome(DeployOutcome {
            stack: name.to_owned(),
            result: "unchanged",
            state: stack.map_or("DELETE_COMPLETE", |stack| stack.status.as_str()).to_owned(),
            outputs: stack.map(|stack| stack.outputs.clone()).unwrap_or_default(),
        }));
    }

    fn event(&mut self, event: &DeployEvent) {
        if let Some((_, progress)) = &mut self.picture {
            progress.see(event, Instant::now());
        }
        if self.console.format == Format::Json {
            self.console.line(&event_json(event, jiff::Timestamp::now()));
        } else if let Some(line) = event_line(event) {
            match &self.picture {
                Some((activity, _)) => activity.above(self.console, &line),
                None => self.console.note(&line),
            }
        }
    }
}

impl Observer for Reporter<'_> {
    fn notice(&mut self, notice: Notice<'_>) {
        match notice {
            Notice::Begins(name) => self.step = Some(self.console.activity(name)),
            Notice::Doing(words) => {
                if let Some(step) = &self.step {
                    step.update(words);
                }
            }
            Notice::Ends(words) => match (self.step.take(), words) {
                (Some(step), Some(words)) => self.console.finish(step, &printable(words)),
                (Some(step), None) => step.clear(),
                (None, _) => {}
            },
            Notice::Line(line) => self.console.note(&printable_lines(line)),
            Notice::Warning(line) => self.console.complain(&printable_lines(line)),
            Notice::Detail(line) if self.console.verbose => self.console.note(&printable_lines(line)),
            Notice::Detail(_) => {}
            Notice::Plan(plan) => self.console.note(&plan_text(plan)),
            Notice::Operation(changing) => {
                let picture = self.console.picture("stack");
                self.picture = Some((picture, StackProgress::new(changing.clone(), Instant::now())));
            }
            Notice::Event(event) => self.event(event),
            Notice::Unfinished(words) => self.console.unfinished = words.map(str::to_owned),
            Notice::OperationEnds => {
                if let Some((activity, _)) = self.picture.take() {
                    activity.clear();
                }
            }
        }
    }

    fn ask(&mut self, question: &Question) -> Result<(), Failure> {
        match &question.word {
            Some(word) => ask::word(word, &question.text, "--yes", self.console),
            None => ask::yes(&question.text, "--yes", self.console),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.console.deadline
    }

    fn tick(&mut self) {
        let Some((activity, progress)) = &self.picture else { return };
        let width = self.console.picture_width().saturating_sub(MARGIN).max(20);
        activity.draw(&progress.lines(Instant::now(), width));
    }
}
