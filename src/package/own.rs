//! The processor with custom code: built by cargo, or used as it is.

use std::env;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::build::{Progress, cargo, follow, forget_outer_cargo};
use super::check::{self, Machine};
use super::contract::{NamedBy, of_this_contract};
use super::linker::foreign_target;
use super::{Destination, LARGEST, zip};
use crate::child::{self, Excess, Limits};
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};

/// Limits on cargo's time for describing a package, and on the bytes of its answer.
const LIMITS: Limits =
    Limits { patience: Duration::from_secs(60), output: 4 * 1024 * 1024, excess: Excess::Refused };

/// The program or zip that `path` names, or cargo's build of the package there, for this contract.
///
/// # Errors
/// It does not exist or cannot be built, or it is for another contract.
pub(super) fn own(
    path: &Utf8Path,
    destination: Destination,
    deadline: Option<Instant>,
    report: &mut dyn FnMut(Progress),
) -> Result<Utf8PathBuf, Failure> {
    let file = if path.is_dir() {
        let built = Package::read(path)?.program(destination)?;
        let mut command = cargo("build", destination);
        command.args(["--release", "--bin", &built.name]).current_dir(path);
        follow(command, destination, deadline, report)
            .map_err(|failure| of_package(failure, path, destination))?;
        built.file
    } else {
        path.to_owned()
    };
    let bytes = program(&file)?.bytes;
    of_this_contract(&file, &bytes, NamedBy::Code)?;
    Ok(file)
}

/// A failed build names the user's package, not pipectl's.
fn of_package(mut failure: Failure, path: &Utf8Path, destination: Destination) -> Failure {
    for one in failure.diagnostics.iter_mut().filter(|one| one.code == codes::PACKAGE_BUILD_FAILED) {
        one.message = one.message.replacen("the processor", &format!("the package in `{path}`"), 1);
        let is_offline = one.help.as_ref().is_some_and(|help| help.contains("when online"));
        if foreign_target(destination).is_none() && !is_offline {
            one.help =
                Some(format!("run `cargo build --release` in `{path}` to see the compiler's messages"));
        }
    }
    failure
}

/// What cargo builds of the package in a folder: its program.
///
/// # Errors
/// Cargo cannot read the package, or it has no one program.
pub fn own_program(folder: &Utf8Path) -> Result<String, Failure> {
    Ok(Package::read(folder)?.program(Destination::ThisMachine)?.name)
}

/// The program of custom code that this machine can run.
///
/// # Errors
/// The errors of [`own`]; or it cannot run here.
pub fn own_here(path: &Utf8Path, report: &mut dyn FnMut(Progress)) -> Result<Utf8PathBuf, Failure> {
    let file = own(path, Destination::ThisMachine, None, report)?;
    if path.is_dir() {
        return absolute(&file);
    }
    let program = program(&file)?;
    let not_here = |reason: String| {
        Failure::failed(
            codes::PACKAGE_NOT_HERE,
            format!("`{path}` decides what becomes of an event, and cannot run here: it {reason}"),
            "name the folder of its Cargo package under `processor.code`: pipectl then builds it for this machine, too",
        )
    };
    match Machine::host().filter(|_| cfg!(target_os = "linux")) {
        _ if program.is_zipped => Err(not_here("is a zip".to_owned())),
        None => Err(not_here("is a program for Amazon Linux".to_owned())),
        Some(machine) => {
            check::is_for(&program.bytes, machine).map_err(not_here)?;
            absolute(&file)
        }
    }
}

/// A path without a slash would be searched for among the installed programs.
fn absolute(file: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let here = env::current_dir().ok().and_then(|here| Utf8PathBuf::from_path_buf(here).ok());
    here.map(|here| here.join(file)).ok_or_else(|| missing(file, "the current folder is unknown"))
}

/// The content of a file of custom code.
pub(super) struct Program {
    pub(super) bytes: Vec<u8>,
    is_zipped: bool,
}

/// Reads a program, from a zip if it is in one.
pub(super) fn program(file: &Utf8Path) -> Result<Program, Failure> {
    let bytes =
        input::read(file, Origin::Own, LARGEST).map_err(|refusal| missing(file, &refusal.to_string()))?;
    unpacked(file, bytes)
}

/// The program in the content of a file, from a zip if it is in one.
pub(super) fn unpacked(file: &Utf8Path, bytes: Vec<u8>) -> Result<Program, Failure> {
    if !is_zip(&bytes) {
        return Ok(Program { bytes, is_zipped: false });
    }
    let bytes = zip::bootstrap(&bytes, LARGEST)
        .map_err(|error| missing(file, &format!("its `bootstrap` cannot be read: {error}")))?;
    Ok(Program { bytes, is_zipped: true })
}

fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

fn missing(path: &Utf8Path, reason: &str) -> Failure {
    Failure::failed(
        codes::PACKAGE_NO_SOURCE,
        format!("`processor.code` is `{path}`, which cannot be used: {reason}"),
        "set it to a folder with a `Cargo.toml`, a built program, or a zip with a `bootstrap`",
    )
}

/// The reason why cargo cannot read a package. An error of syntax has a location and ends with a drawing; the last line of
/// another error is its cause.
fn unreadable(output: &str) -> String {
    let after = |mark: &str| output.lines().find_map(|line| line.trim_start().strip_prefix(mark));
    if let (Some(error), Some(location)) = (after("error: "), after("--> ")) {
        return format!("{error} at {location}");
    }
    let last = output.lines().rfind(|line| !line.trim().is_empty());
    last.map_or("`cargo metadata` failed without a message", str::trim).to_owned()
}

/// A Cargo package of the user.
struct Package {
    folder: Utf8PathBuf,
    /// cargo's description of it.
    metadata: Value,
}

/// A program of a package.
struct Built {
    name: String,
    file: Utf8PathBuf,
}

impl Package {
    fn read(folder: &Utf8Path) -> Result<Self, Failure> {
        let mut command = cargo("metadata", Destination::ThisMachine);
        command.args(["--no-deps", "--format-version", "1"]).current_dir(folder);
        forget_outer_cargo(&mut command);
        let ended = child::run(&mut command, false, &LIMITS, || false);
        let metadata = serde_json::from_slice(&ended.stdout)
            .map_err(|_| missing(folder, &unreadable(&String::from_utf8_lossy(&ended.stderr))))?;
        Ok(Self { folder: folder.to_owned(), metadata })
    }

    /// Its only program; if there are several, `bootstrap`.
    fn program(&self, destination: Destination) -> Result<Built, Failure> {
        let manifest = std::path::absolute(self.folder.join("Cargo.toml")).unwrap_or_default();
        let is_here = |package: &&Value| {
            let path = package["manifest_path"].as_str().unwrap_or_default();
            Utf8Path::new(path).canonicalize_utf8().ok()
                == Utf8Path::from_path(&manifest).and_then(|path| path.canonicalize_utf8().ok())
        };
        let package = self.metadata["packages"].as_array().into_iter().flatten().find(is_here);
        let targets = package.and_then(|package| package["targets"].as_array()).into_iter().flatten();
        let programs: Vec<&str> = targets
            .filter(|target| target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"bin".into())))
            .filter_map(|target| target["name"].as_str())
            .collect();
        let name = match programs.as_slice() {
            [one] => *one,
            several => several.iter().copied().find(|name| *name == "bootstrap").ok_or_else(|| {
                let reason =
                    format!("its package has {} programs, and none is named `bootstrap`", several.len());
                missing(&self.folder, &reason)
            })?,
        };
        let target = Utf8Path::new(self.metadata["target_directory"].as_str().unwrap_or("target"));
        let folder = foreign_target(destination).map_or_else(|| target.to_owned(), |name| target.join(name));
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        Ok(Built { name: name.to_owned(), file: folder.join("release").join(file) })
    }
}
