//! The progress of an expansion: if a template kills the process that expands it, this is all that is known.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::trace::{TemplateLine, marks};

/// Gets a line that was reached.
pub(super) type Report = Box<dyn FnMut(TemplateLine) + Send>;

/// Reports each line of the custom templates when it is first reached: in a loop that is once, and the last report is as
/// far as the expansion came.
#[derive(Clone)]
pub(super) struct RenderProgress(Arc<Mutex<Reached>>);

struct Reached {
    seen: BTreeSet<TemplateLine>,
    report: Report,
}

impl RenderProgress {
    pub(super) fn new(report: Report) -> Self {
        Self(Arc::new(Mutex::new(Reached { seen: BTreeSet::new(), report })))
    }

    /// Called before anything is expanded: the template's lines are reported again.
    pub(super) fn read(&self, origin: TemplateLine) {
        (self.0.lock().unwrap_or_else(PoisonError::into_inner).report)(origin);
    }

    /// One of the custom templates, if it is one.
    pub(super) fn begins(&self, template: Option<usize>) {
        if let Some(template) = template {
            self.at(TemplateLine { template, line: 0 });
        }
    }

    fn at(&self, origin: TemplateLine) {
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.seen.insert(origin) {
            (reached.report)(origin);
        }
    }
}

/// Collects the expanded text up to a limit, and reports the marks in it.
pub(super) struct Tracked {
    pub(super) text: Vec<u8>,
    /// The last custom line that was written.
    pub(super) last: Option<TemplateLine>,
    limit: usize,
    progress: RenderProgress,
}

impl Tracked {
    pub(super) fn new(limit: usize, progress: RenderProgress) -> Self {
        Self { text: Vec::new(), last: None, limit, progress }
    }

    pub(super) fn is_full(&self) -> bool {
        self.text.len() > self.limit
    }
}

impl io::Write for Tracked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // One byte more, so that the limit is noticed.
        let free = (self.limit + 1).saturating_sub(self.text.len()).min(bytes.len());
        self.text.extend_from_slice(&bytes[..free]);
        if free < bytes.len() || self.is_full() {
            return Err(io::Error::other("the template expands to too much text"));
        }
        // A mark is part of a template's own text, which is written in one piece.
        if let Ok(text) = std::str::from_utf8(bytes) {
            for origin in marks(text) {
                self.last = Some(origin);
                self.progress.at(origin);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
