use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};

use super::observer::{Notice, Observer};
use crate::diagnostic::Failure;
use crate::package::{Artifact, Destination, Machine, Progress, build, own, package};
use crate::spec::{Architecture, Spec};
use crate::validate::processor_config;

/// Where the processor of a spec will run.
#[must_use]
pub fn destination(spec: &Spec, local: bool) -> Destination {
    match spec.processor.architecture {
        _ if local => Destination::ThisMachine,
        Architecture::Arm64 => Destination::Lambda(Machine::Arm64),
        Architecture::X86_64 => Destination::Lambda(Machine::X86_64),
    }
}

/// What the zip of a spec holds beside the program: the mapping that does not fit the environment.
#[must_use]
pub fn mapping_file(spec: &Spec) -> Option<String> {
    processor_config(spec).packed().file
}

/// Builds and packs the processor, with its mapping where that has a file, and reports how that goes.
///
/// # Errors
/// It cannot be built, or would not run at its destination.
pub fn package_processor(
    destination: Destination,
    code: Option<&Utf8Path>,
    mapping: Option<&str>,
    observer: &mut dyn Observer,
) -> Result<Artifact, Failure> {
    observer.notice(Notice::Begins("processor"));
    observer.notice(Notice::Doing(match code {
        Some(code) => code.as_str(),
        None => "cargo build --release --package pipectl-processor",
    }));
    let deadline = observer.deadline();
    let built =
        obtain(destination, code, deadline, &mut |progress| observer.notice(Notice::Doing(&progress.0)));
    match built.and_then(|binary| package(&binary, destination, mapping)) {
        Ok(artifact) => {
            let megabytes =
                |bytes: usize| f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
            let (whole, zipped) = (megabytes(artifact.binary_bytes), megabytes(artifact.zip.len()));
            let from = code.map_or_else(|| "built".to_owned(), |code| format!("from {code}"));
            observer.notice(Notice::Ends(Some(&format!("{from}, {whole:.1} MB, zipped {zipped:.1} MB"))));
            Ok(artifact)
        }
        Err(failure) => {
            observer.notice(Notice::Ends(None));
            Err(failure)
        }
    }
}

/// The program or zip to be packed: code of the user's own before everything else.
fn obtain(
    destination: Destination,
    code: Option<&Utf8Path>,
    deadline: Option<Instant>,
    tell: &mut dyn FnMut(Progress),
) -> Result<Utf8PathBuf, Failure> {
    match code {
        Some(code) => own(code, destination, deadline, tell),
        None => build(destination, deadline, tell),
    }
}

/// Builds the processor without packing it. `tell` is given the compiler's lines.
///
/// # Errors
/// It cannot be built.
pub fn build_processor(spec: &Spec, local: bool, tell: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let code = spec.processor.code_path.as_deref();
    obtain(destination(spec, local), code, None, &mut |progress| tell(&progress.0)).map(drop)
}

/// Builds the processor once for each architecture that the specs name.
///
/// # Errors
/// It cannot be built for one of them.
pub fn build_once(specs: &[Spec], local: bool, observer: &mut dyn Observer) -> Result<(), Failure> {
    let mut built = Vec::new();
    for wanted in specs.iter().map(|spec| (destination(spec, local), spec.processor.code_path.as_deref())) {
        if !built.contains(&wanted) {
            package_processor(wanted.0, wanted.1, None, observer)?;
            built.push(wanted);
        }
    }
    Ok(())
}
