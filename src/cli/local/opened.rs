//! The pipeline that the local console shows.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tokio::sync::Mutex;

use crate::cli::reporter::Reporter;
use crate::cli::status::StatusWatch;
use crate::cli::{Stop, spec};
use crate::deploy::{Session, Target, local_error, open};
use crate::diagnostic::{Failure, SourceText, codes};
use crate::local::{self, Folders};
use crate::report::{Color, Console, Format};
use crate::source::{self, SpecTree};
use crate::spec::Spec;
use crate::stack::Stack;
use crate::validate::CheckedSpec;

/// How long an open pipeline is reused without reading its stack again, which another command may change.
const AGE: Duration = Duration::from_secs(10);

/// A pipeline with the spec and the stack of the time it was opened.
pub(super) struct Opened {
    pub(super) session: Rc<Session>,
    pub(super) watched: Mutex<StatusWatch>,
    pub(super) stack: Stack,
    pub(super) tree: SpecTree,
    checked: CheckedSpec,
    at: Instant,
}

impl Opened {
    pub(super) fn spec(&self) -> &Spec {
        self.checked.spec()
    }

    fn is_of(&self, sources: &[SourceText]) -> bool {
        let texts =
            |sources: &[SourceText]| -> Vec<String> { sources.iter().map(|one| one.text.clone()).collect() };
        texts(self.checked.sources()) == texts(sources)
    }
}

/// Opens the pipeline, again if spec or stack may have changed: the page stays open while its owner works.
pub(super) struct Opener {
    pub(super) path: Utf8PathBuf,
    target: Target,
    newest: RefCell<Option<Rc<Opened>>>,
}

impl Opener {
    /// Prepares to open the pipeline.
    ///
    /// # Errors
    /// stdin cannot be read again.
    pub(super) fn new(path: Utf8PathBuf, target: Target) -> Result<Self, Stop> {
        if path == "-" {
            return Err(Stop::Failure(Failure::failed(
                codes::SOURCE_UNREADABLE,
                "the page reads the spec again when it changes, but stdin can be read only once",
                "name a file",
            )));
        }
        Ok(Self { path, target, newest: RefCell::default() })
    }

    /// The current pipeline, as a command opens it.
    ///
    /// # Errors
    /// The spec is invalid, or there is no pipeline.
    pub(super) async fn open(&self, console: &mut Console) -> Result<Rc<Opened>, Stop> {
        let (checked, tree) = spec::load_with_tree(&self.path, console)?;
        let session = open(&self.target, &self.path, checked.spec(), &mut Reporter::new(console)).await?;
        let stack = session.pipeline().await?;
        let (watched, _) = StatusWatch::begin(session, checked.spec(), console).await?;
        let session = Rc::clone(watched.session());
        let opened =
            Opened { session, watched: Mutex::new(watched), stack, tree, checked, at: Instant::now() };
        let opened = Rc::new(opened);
        *self.newest.borrow_mut() = Some(Rc::clone(&opened));
        Ok(opened)
    }

    /// The same for the page, which does not start a local cloud that was stopped.
    pub(super) async fn open_again(&self) -> Result<Rc<Opened>, Stop> {
        let folders = Folders::from_environment().map_err(local_error)?;
        if !local::status(&folders).running {
            let message = "the local cloud is not running";
            let help = "start it with `pipectl local up`";
            return Err(Stop::Failure(Failure::failed(codes::LOCAL_UNAVAILABLE, message, help)));
        }
        self.open(&mut unheard()).await
    }

    /// The recently opened pipeline, unless its spec has changed.
    pub(super) async fn recent(&self) -> Result<Rc<Opened>, Stop> {
        let newest = self.newest.borrow().clone();
        let recent = newest.filter(|newest| newest.at.elapsed() < AGE);
        match recent.filter(|recent| source::read(&self.path).is_ok_and(|tree| recent.is_of(tree.sources())))
        {
            Some(recent) => Ok(recent),
            None => self.open_again().await,
        }
    }
}

/// A console without output: the page shows results itself. What could not be recorded is still reported at the
/// terminal.
pub(super) fn unheard() -> Console {
    Console::new(Format::Json, Color::Auto, true, false)
}
