//! The hidden command that expands templates for another pipectl.

use super::{Outcome, Stop};
use crate::diagnostic::{Exit, Failure, codes};
use crate::sandbox;

/// The child process of `pipectl` that expands the user's templates. Only pipectl starts it.
pub(crate) fn run() -> Outcome {
    sandbox::serve().map_err(|error| {
        let message = format!("templates could not be expanded: {error}");
        let help = "only pipectl itself uses this command: `pipectl render` shows the expanded template";
        Stop::Failure(Failure::failed(codes::RENDER_NOT_STARTED, message, help))
    })?;
    Ok(Exit::Done)
}
