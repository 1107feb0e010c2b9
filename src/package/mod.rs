//! The processor's binary → the zip Lambda takes, with the hash that names it.

mod build;
mod check;
mod contract;
mod embedded;
mod linker;
mod listing;
mod own;
mod published;
mod source;
mod unbuilt;
mod workspace;
mod zip;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use camino::Utf8Path;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::{self, Origin};

pub use build::{Content, Progress, build};
pub use check::Machine;
pub use contract::NamedBy;
pub use embedded::{Embedded, all_embedded, embedded_sources, notices};
pub use linker::{Linker, foreign_target, linker};
pub use own::{own_here, own_program};
pub use source::{Source, ready_made, source};
pub use unbuilt::{cross_build, not_there};
pub use workspace::{source_hash, workspace};

/// Prefix and suffix of the key of a zip.
const FOLDER: &str = "processor/";
const END: &str = ".zip";
/// Bytes of a binary: Lambda's limit, unzipped.
const LARGEST: u64 = 250 * 1024 * 1024;

/// Where the binary will run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Amazon Linux 2023 of this architecture.
    Lambda(Machine),
    /// This machine, whatever it is.
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
        self.key.trim_start_matches(FOLDER).trim_end_matches(END)
    }
}

/// Whether a file with this beginning is a zip of the processor.
#[must_use]
pub fn is_artifact(head: &[u8]) -> bool {
    zip::begins(head)
}

/// Packs a processor, with the mapping if it does not fit into the environment.
///
/// # Errors
/// The file cannot be read, or would not run at its destination.
pub fn package(
    content: &Content,
    destination: Destination,
    mapping: Option<&str>,
) -> Result<Artifact, Failure> {
    let cannot = |error| wrong(&format!("the processor cannot be packed: {error}"));
    let program = match content {
        // Custom code was compared with the contract before.
        Content::Program(file) => usable(file, None, destination)?,
        Content::Ready(file) => usable(file, Some(NamedBy::Variable), destination)?,
        Content::Zip(zipped) => {
            let program = zip::first(zipped).map_err(cannot)?;
            runs(&program, "the embedded processor", destination)?;
            program
        }
    };
    let zip = match content {
        Content::Program(_) | Content::Ready(_) => zip::zip(&program, mapping),
        Content::Zip(zipped) => zip::with_mapping(zipped, mapping),
    };
    let zip = zip.map_err(cannot)?;
    Ok(Artifact { key: key(&zip), zip, binary_bytes: program.len() })
}

/// The program in a file, or in a zip, that would run at its destination; where something names it, it is of this contract.
///
/// # Errors
/// It cannot be read, or would not run there.
pub fn usable(
    file: &Utf8Path,
    named_by: Option<NamedBy>,
    destination: Destination,
) -> Result<Vec<u8>, Failure> {
    let program = if named_by == Some(NamedBy::Code) {
        own::program(file)?
    } else {
        let bytes = input::read(file, Origin::Own, LARGEST)
            .map_err(|refusal| wrong(&format!("the processor `{file}` cannot be read: {refusal}")))?;
        // Custom code, which was built or checked before, may be in a zip.
        own::unpacked(file, bytes)?
    };
    let program = program.bytes;
    runs(&program, &format!("`{file}`"), destination)?;
    named_by.map_or(Ok(()), |named_by| contract::of_this_contract(file, &program, named_by))?;
    Ok(program)
}

fn runs(program: &[u8], name: &str, destination: Destination) -> Result<(), Failure> {
    let Destination::Lambda(machine) = destination else { return Ok(()) };
    check::check(program, machine).map_err(|reason| wrong(&format!("{name} {reason}")))
}

/// SHA-256 in S3's form, as Base64.
#[must_use]
pub fn checksum(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(Sha256::digest(bytes))
}

/// The same for the zip that a key names; `None` for any other key.
#[must_use]
pub fn checksum_of(key: &str) -> Option<String> {
    let digits = key.strip_prefix(FOLDER)?.strip_suffix(END)?;
    let pairs = (0..digits.len()).step_by(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect();
    bytes.filter(|bytes| bytes.len() == 32).map(|bytes| BASE64_STANDARD.encode(bytes))
}

/// The key of a zip.
#[must_use]
pub fn key(zip: &[u8]) -> String {
    named(&Sha256::digest(zip))
}

/// The key for a SHA-256 in Base64, as Lambda returns it. An invalid one is returned unchanged.
#[must_use]
pub fn key_of(checksum: &str) -> String {
    BASE64_STANDARD.decode(checksum).map_or_else(|_| checksum.to_owned(), |digest| named(&digest))
}

fn named(digest: &[u8]) -> String {
    let mut key = FOLDER.to_owned();
    for byte in digest {
        key.push_str(&format!("{byte:02x}"));
    }
    key.push_str(END);
    key
}

fn wrong(message: &str) -> Failure {
    let diagnostic = Diagnostic::error(codes::PACKAGE_WRONG_BINARY, message).help(
        "build it for the architecture in `processor.architecture`, on a system with glibc 2.34 or older",
    );
    Failure::new(Exit::Failed, diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_contains_the_checksum_that_s3_computes_of_the_zip() {
        assert_eq!(checksum(b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert_eq!(checksum_of(&key(b"a zip")), Some(checksum(b"a zip")));
        assert_eq!(key_of(&checksum(b"a zip")), key(b"a zip"));
        for foreign in ["", "processor/ab.zip", "templates/a.yaml", "processor/€€.zip"] {
            assert_eq!(checksum_of(foreign), None, "{foreign}");
        }
    }
}
