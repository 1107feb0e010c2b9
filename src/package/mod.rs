//! The processor's binary → the zip Lambda takes, with the hash that names it.

mod build;
mod check;
mod zip;

use camino::Utf8PathBuf;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};

pub use build::{Progress, build};
pub use check::Machine;

/// Where the binary will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Amazon Linux 2023 of this architecture.
    Lambda(Machine),
    /// This very machine, whatever it is.
    ThisMachine,
}

/// What is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    pub zip: Vec<u8>,
    /// `processor/<sha256 of the zip>.zip`: the key names the content, so an object never changes.
    pub key: String,
    /// Bytes of the binary itself.
    pub binary_bytes: usize,
}

impl Artifact {
    /// Of the zip, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        self.key.trim_start_matches("processor/").trim_end_matches(".zip")
    }
}

/// Packs a built binary.
///
/// # Errors
/// The file cannot be read, or would not run at its destination.
pub fn package(binary: &Utf8PathBuf, destination: Destination) -> Result<Artifact, Failure> {
    let bytes =
        fs_err::read(binary).map_err(|error| wrong(&format!("the processor cannot be read: {error}")))?;
    if let Destination::Lambda(machine) = destination {
        check::check(&bytes, machine).map_err(|reason| wrong(&format!("`{binary}` {reason}")))?;
    }
    let zip = zip::zip(&bytes).map_err(|error| wrong(&format!("the processor cannot be packed: {error}")))?;
    Ok(Artifact { key: key(&zip), zip, binary_bytes: bytes.len() })
}

/// What a zip is called.
#[must_use]
pub fn key(zip: &[u8]) -> String {
    let mut key = "processor/".to_owned();
    for byte in Sha256::digest(zip) {
        key.push_str(&format!("{byte:02x}"));
    }
    key.push_str(".zip");
    key
}

fn wrong(message: &str) -> Failure {
    let diagnostic = Diagnostic::error(codes::PACKAGE_WRONG_BINARY, message).help(
        "build it for the architecture in `processor.architecture`, on a system with glibc 2.34 or older",
    );
    Failure::new(Exit::Failed, diagnostic)
}
