//! The source of the processor: one order, for every command.

use std::env;
use std::fmt;

use camino::Utf8PathBuf;

use super::Destination;
use super::embedded::{Embedded, embedded, embedded_sources};
use super::workspace::{source_hash, workspace};

/// Names a prebuilt `bootstrap` to use instead of building one.
pub(super) const READY_MADE: &str = "PIPECTL_PROCESSOR";

/// The source of a processor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The user's own program or zip, which the spec names.
    Code(Utf8PathBuf),
    /// The program that `PIPECTL_PROCESSOR` names.
    Program(Utf8PathBuf),
    /// Built from the sources in pipectl's own workspace.
    Workspace(Utf8PathBuf),
    /// Embedded in this program.
    Embedded(Embedded),
    /// Built from the published package of pipectl's own version.
    Published,
}

/// All available sources.
#[derive(Debug, Clone, Default)]
struct Offers {
    code: Option<Utf8PathBuf>,
    program: Option<Utf8PathBuf>,
    workspace: Option<Utf8PathBuf>,
    /// Whether the workspace has the sources of the embedded processors.
    is_embedded: bool,
    embedded: Option<Embedded>,
}

impl Offers {
    /// The order: the more explicit the choice, the earlier.
    fn first(self) -> Source {
        match self {
            Self { code: Some(file), .. } => Source::Code(file),
            Self { program: Some(file), .. } => Source::Program(file),
            Self { workspace: Some(folder), embedded: None, .. }
            | Self { workspace: Some(folder), is_embedded: false, .. } => Source::Workspace(folder),
            Self { embedded: Some(one), .. } => Source::Embedded(one),
            _ => Source::Published,
        }
    }
}

/// The source of the processor for a destination. `code`: the path in the spec, if there is one.
#[must_use]
pub fn source(destination: Destination, code: Option<Utf8PathBuf>) -> Source {
    let program = ready_made();
    let workspace = workspace();
    let is_embedded = embedded_sources().is_some_and(|hash| {
        workspace.as_deref().is_some_and(|folder| source_hash(folder).is_ok_and(|here| here == hash))
    });
    Offers { code, program, workspace, is_embedded, embedded: embedded(destination) }.first()
}

/// The `bootstrap` that `PIPECTL_PROCESSOR` names, if it is set.
#[must_use]
pub fn ready_made() -> Option<Utf8PathBuf> {
    env::var(READY_MADE).ok().filter(|path| !path.is_empty()).map(Utf8PathBuf::from)
}

impl fmt::Display for Source {
    /// The text in the line that `apply` shows.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(file) => write!(formatter, "{file}"),
            Self::Program(file) => write!(formatter, "{file} ({READY_MADE})"),
            Self::Workspace(folder) => write!(formatter, "built from {folder}"),
            Self::Embedded(one) => write!(formatter, "embedded, {}", one.name),
            Self::Published => write!(formatter, "built from the package {}", published()),
        }
    }
}

/// The published package, with the version that matches this pipectl.
pub(super) fn published() -> String {
    format!("{}@{}", super::listing::PACKAGE, env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_code_program_changed_sources_embedded_build() {
        let one = Embedded { name: "x86_64", zip: b"PK" };
        let all = Offers {
            code: Some("mine.zip".into()),
            program: Some("bootstrap".into()),
            workspace: Some("/clone".into()),
            is_embedded: false,
            embedded: Some(one),
        };
        assert_eq!(all.clone().first(), Source::Code("mine.zip".into()));
        let all = Offers { code: None, ..all };
        assert_eq!(all.clone().first(), Source::Program("bootstrap".into()));
        let all = Offers { program: None, ..all };
        assert_eq!(all.clone().first(), Source::Workspace("/clone".into()));
        let same = Offers { is_embedded: true, ..all.clone() };
        assert_eq!(same.clone().first(), Source::Embedded(one));
        // Not for this architecture.
        assert_eq!(Offers { embedded: None, ..same }.first(), Source::Workspace("/clone".into()));
        assert_eq!(Offers { workspace: None, ..all }.first(), Source::Embedded(one));
        assert_eq!(Offers::default().first(), Source::Published);
    }

    #[test]
    fn each_source_is_one_line() {
        let version = env!("CARGO_PKG_VERSION");
        for (source, line) in [
            (Source::Program("/b".into()), "/b (PIPECTL_PROCESSOR)".to_owned()),
            (Source::Embedded(Embedded { name: "arm64", zip: b"" }), "embedded, arm64".to_owned()),
            (Source::Published, format!("built from the package pipectl-processor@{version}")),
        ] {
            assert_eq!(source.to_string(), line);
        }
    }
}
