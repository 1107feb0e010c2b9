//! Why a file is not read.

use std::io;
use std::path::Path;

use super::stream::SILENCE;

/// Why a file is not read. Displayed after `it cannot be read: `; never contains any of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no such file")]
    Missing,
    #[error("it is a folder")]
    Folder,
    #[error("it is not a folder")]
    NotAFolder,
    /// A pipe, a device or a socket.
    #[error("it is a {0}, not a file")]
    NotAFile(&'static str),
    /// Its own location is not allowed.
    #[error("it {0}")]
    Location(Fault),
    /// The location of the link's target is not allowed.
    #[error("it is a link to `{target}`, which {fault}")]
    Link { target: String, fault: Fault },
    #[error("it belongs to another user")]
    Foreign,
    #[error("it was replaced while it was being opened")]
    Replaced,
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    #[error("it gave no data for {} s", SILENCE.as_secs())]
    Silent,
    #[error("it is not UTF-8")]
    NotUtf8,
    /// In a folder: a name that pipectl could not pass on.
    #[error("it holds a file whose name is not UTF-8: `{0}`")]
    NameNotUtf8(String),
    #[error("it holds more than {0} such files")]
    TooMany(usize),
    #[error("{0}")]
    System(io::ErrorKind),
}

/// What is wrong with the location of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("lies outside of the spec's folder")]
    OutsideOfFolder,
    #[error("lies outside of the spec's folder and of its repository")]
    Outside,
    #[error("has a name in its path that begins with a dot")]
    Hidden,
    #[error("does not end in {0}")]
    Ending(String),
}

impl Refusal {
    pub(super) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::IsADirectory => Self::Folder,
            io::ErrorKind::NotADirectory => Self::NotAFolder,
            kind => Self::System(kind),
        }
    }

    pub(super) fn link(target: &Path, fault: Fault) -> Self {
        Self::Link { target: target.to_string_lossy().into_owned(), fault }
    }

    /// How to fix it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Missing => "check the path, or start from `specs/dev.yaml`",
            Self::Folder => "name a file",
            Self::NotAFolder => "name a folder",
            Self::NotAFile(_) => "name a regular file",
            Self::Location(Fault::OutsideOfFolder | Fault::Outside) => {
                "move it into the spec's folder or below"
            }
            Self::Location(Fault::Hidden | Fault::Ending(_)) => "rename it, if it should be read",
            Self::Link { .. } => "replace the link by the file itself",
            Self::Foreign => "delete it, if it is not needed",
            Self::Replaced => "run the command again when nothing else writes there",
            Self::TooLarge(_) => "check that this is the right file",
            Self::Silent => "write it to a file first, and name that file",
            Self::NotUtf8 => "save the file as UTF-8",
            Self::NameNotUtf8(_) => "rename it",
            Self::TooMany(_) => "name the files you want",
            Self::System(_) => "check the permissions",
        }
    }
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::Missing => io::ErrorKind::NotFound,
            Refusal::System(kind) => *kind,
            _ => io::ErrorKind::InvalidInput,
        };
        Self::new(kind, refusal)
    }
}
