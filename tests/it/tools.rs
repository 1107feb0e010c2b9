//! What tests build or install once, below the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A path in cargo's target folder.
pub(crate) fn target(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join(name)
}

/// The folder `name` with `package` in it, installed once: tests start together, and two `npm install` in one folder at a
/// time remove each other's files.
pub(crate) fn installed(name: &str, package: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let folder = target(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let turn = fs_err::File::create(folder.join("turn")).expect("a file");
    turn.file().lock().expect("a lock");
    let stamp = folder.join("installed");
    if !std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == package) {
        install(&folder);
        std::fs::write(stamp, package).expect("a file");
    }
    folder
}

/// Runs an installer.
pub(crate) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("this test needs {command:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
