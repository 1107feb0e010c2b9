//! The code of the user's own that a spec names. It is looked at, and neither built nor run.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::inside::{inside, within};
use super::tree::{Content, Node};
use crate::diagnostic::{Diagnostic, SourceText, codes};
use crate::input::{self, Origin, Refusal};

/// Where a spec names it.
const POINTER: &str = "/processor/code";
const MANIFEST: &str = "Cargo.toml";
/// Bytes of a manifest.
const LARGEST: u64 = 1024 * 1024;
/// What a program for Linux and a zip begin with.
const PROGRAMS: [&[u8]; 2] = [b"\x7fELF", b"PK\x03\x04"];

/// The path that a spec names, and why it cannot be code.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnCode {
    /// As the file that names it is read from.
    pub path: Utf8PathBuf,
    pub problem: Option<Diagnostic>,
}

/// Why a path cannot be code, and what to do about it.
type Problem = (String, String);

/// Looks at the code that a spec names; `None` where it names none.
pub(super) fn own_code(root: &Node, sources: &[SourceText]) -> Option<OwnCode> {
    let node = &root.entry("processor")?.node.entry("code")?.node;
    // The schema's check reports a name of another type, and one that leads out of the folder.
    let Content::Scalar(Value::String(name)) = &node.content else { return None };
    let current = sources.get(node.location.file.0).map(|source| source.path.clone()).unwrap_or_default();
    let path = inside(&current, name).ok().filter(|_| !name.is_empty())?;
    let problem = look(&path, &current).err().map(|(reason, help)| {
        let message = format!("`{name}` cannot be used as code of your own: {reason}");
        Diagnostic::error(codes::PROCESSOR_UNUSABLE_CODE, message).at(POINTER, node.location).help(help)
    });
    Some(OwnCode { path, problem })
}

fn look(path: &Utf8Path, current: &Utf8Path) -> Result<(), Problem> {
    // A program has any ending.
    let origin = within(current, &[""]);
    match input::folder(path, origin) {
        Ok(()) => package(path, origin),
        Err(Refusal::NotAFolder) => program(path, origin),
        Err(refusal) => Err(refused(&refusal)),
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let help = match refusal {
        Refusal::Missing => {
            "correct the path: it is relative to this file, and names a folder with a `Cargo.toml`, a built program, or a zip with a `bootstrap`"
        }
        other => other.help(),
    };
    (refusal.to_string(), help.to_owned())
}

/// A Cargo package with a program. Which targets it has in the end is for cargo to say.
fn package(folder: &Utf8Path, origin: Origin<'_>) -> Result<(), Problem> {
    let manifest = match input::text(folder.join(MANIFEST), origin, LARGEST) {
        Ok(text) => text,
        Err(Refusal::Missing) => {
            let reason = format!("it is a folder without a `{MANIFEST}`");
            return Err((reason, format!("name the folder of a Cargo package: one with a `{MANIFEST}`")));
        }
        Err(refusal) => {
            let (reason, help) = refused(&refusal);
            return Err((format!("of its `{MANIFEST}`, {reason}"), help));
        }
    };
    let has = |table: &str| manifest.lines().any(|line| line.trim_start().starts_with(table));
    if !has("[package]") {
        let reason = format!("its `{MANIFEST}` has no `[package]`");
        return Err((reason, "name the folder of the package that has the program".to_owned()));
    }
    let has_program = has("[[bin]]")
        || input::may_be_read(&folder.join("src/main.rs"), origin)
        || !input::browse(&folder.join("src/bin"), origin, &[".rs"], 1).is_empty();
    if has_program {
        return Ok(());
    }
    let help = "write `src/main.rs` with a `main` that calls `pipectl_processor::run_with`";
    Err(("its package has no program: no `src/main.rs` and no `[[bin]]`".to_owned(), help.to_owned()))
}

/// What begins as a program for Linux or as a zip. For which machine it is, and of which contract, is seen when it is packed.
fn program(file: &Utf8Path, origin: Origin<'_>) -> Result<(), Problem> {
    let head = input::head(file, origin, 4).map_err(|refusal| refused(&refusal))?;
    if PROGRAMS.contains(&head.as_slice()) {
        return Ok(());
    }
    let help = "name a program that is built for Amazon Linux 2023, a zip with that as `bootstrap`, or the folder of a Cargo package";
    Err(("it is neither a program for Linux nor a zip".to_owned(), help.to_owned()))
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    /// What is said of `mine`, beside the spec in a folder.
    fn message(folder: &Utf8Path) -> String {
        look(&folder.join("mine"), &folder.join("spec.yaml"))
            .err()
            .map(|(reason, _)| reason)
            .unwrap_or_default()
    }

    #[test]
    fn a_package_has_a_manifest_and_a_program() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!(message(folder), "there is no such file");
        fs::create_dir_all(folder.join("mine/src/bin")).unwrap();
        assert_eq!(message(folder), "it is a folder without a `Cargo.toml`");
        let manifest = |text: &str| fs::write(folder.join("mine/Cargo.toml"), text).unwrap();
        manifest("[workspace]\nmembers = []\n");
        assert_eq!(message(folder), "its `Cargo.toml` has no `[package]`");
        manifest("[package]\nname = \"mine\"\n");
        assert!(message(folder).starts_with("its package has no program"));
        fs::write(folder.join("mine/src/bin/one.rs"), "").unwrap();
        assert_eq!(message(folder), "");
        fs::remove_dir_all(folder.join("mine/src")).unwrap();
        manifest("[package]\nname = \"mine\"\n[[bin]]\nname = \"mine\"\npath = \"mine.rs\"\n");
        assert_eq!(message(folder), "");
    }

    #[test]
    fn a_program_begins_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        for (bytes, is_one) in [
            (&b"\x7fELF\x02"[..], true),
            (b"PK\x03\x04", true),
            (b"PK", false),
            (b"#!/bin/sh", false),
            (b"", false),
        ] {
            fs::write(folder.join("mine"), bytes).unwrap();
            assert_eq!(message(folder).is_empty(), is_one, "{bytes:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_link_leads_to_nothing_outside_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let specs = root.join("specs");
        fs::create_dir_all(root.join("other/src")).unwrap();
        fs::create_dir(&specs).unwrap();
        fs::write(root.join("other/Cargo.toml"), "[package]\n").unwrap();
        fs::write(root.join("other/src/main.rs"), "").unwrap();
        std::os::unix::fs::symlink(root.join("other"), specs.join("mine")).unwrap();
        assert!(message(&specs).contains("lies outside of the spec's folder"), "{}", message(&specs));
    }
}
