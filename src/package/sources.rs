//! What the processor is built from.

use std::env;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Failure, codes};

/// Names a ready-made `bootstrap` to use instead of building one.
pub(super) const READY_MADE: &str = "PIPECTL_PROCESSOR";

/// The `bootstrap` that is used instead of building one, where one is named.
#[must_use]
pub fn ready_made() -> Option<Utf8PathBuf> {
    env::var(READY_MADE).ok().map(Utf8PathBuf::from)
}

/// That no file is where the variable says.
#[must_use]
pub fn not_there(program: &Utf8Path) -> Failure {
    Failure::failed(
        codes::PACKAGE_NO_SOURCE,
        format!("`{READY_MADE}` names `{program}`, and no such file is there"),
        "set it to a built `bootstrap`, or unset it to build one",
    )
}

/// What the processor is built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// A ready-made program.
    Program(Utf8PathBuf),
    /// The folder whose `processor/` holds the sources.
    Workspace(Utf8PathBuf),
    Missing,
}

/// Where those are that [`build`] takes.
#[must_use]
pub fn sources() -> Sources {
    match ready_made() {
        Some(path) => Sources::Program(path),
        None => workspace().map_or(Sources::Missing, Sources::Workspace),
    }
}

/// The folder whose `processor/` holds the sources: the current one, one above, or the one pipectl was built in.
///
/// # Errors
/// There is none.
pub fn workspace() -> Result<Utf8PathBuf, Failure> {
    let here = env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
    let above = here.iter().flat_map(|dir| dir.ancestors());
    let built_in = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    above
        .chain([built_in])
        .find(|dir| dir.join("processor/Cargo.toml").is_file())
        .map(Utf8Path::to_owned)
        .ok_or_else(|| {
            Failure::failed(
                codes::PACKAGE_NO_SOURCE,
                "the processor's sources were not found here or in a folder above",
                format!(
                    "run pipectl in the pipectl repository, or set `{READY_MADE}` to a built `bootstrap`"
                ),
            )
        })
}
