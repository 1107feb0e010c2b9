//! Builds or finds the processor of a spec, and packs it.

use std::time::Instant;

use camino::Utf8Path;

use super::local_cloud::local_error;
use super::observer::{Notice, Observer};
use crate::diagnostic::Failure;
use crate::local::Folders;
use crate::package::{Artifact, Content, Destination, Machine, Source, build, package, source};
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

/// What the zip of a spec holds besides the program: a mapping that does not fit into the environment.
#[must_use]
pub fn mapping_file(spec: &Spec) -> Option<String> {
    processor_config(spec).packed().file
}

/// Builds or takes the processor and packs it, with its mapping if that is in a file, and reports its source.
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
    let deadline = observer.deadline();
    let source = source(destination, code.map(Utf8Path::to_owned));
    let built = obtain(&source, destination, deadline, &mut |words| observer.notice(Notice::Doing(words)));
    match built.and_then(|content| package(&content, destination, mapping)) {
        Ok(artifact) => {
            let megabytes =
                |bytes: usize| f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
            let (whole, zipped) = (megabytes(artifact.binary_bytes), megabytes(artifact.zip.len()));
            let words = format!("{source}, {whole:.1} MB, zipped {zipped:.1} MB");
            observer.notice(Notice::Ends(Some(&words)));
            Ok(artifact)
        }
        Err(failure) => {
            observer.notice(Notice::Ends(None));
            Err(failure)
        }
    }
}

/// The same with what a spec sets: the architecture, and the user's own code. `mapping`: the one to pack with it.
///
/// # Errors
/// Those of [`package_processor`].
pub(super) fn package_for(
    spec: &Spec,
    local: bool,
    mapping: Option<&str>,
    observer: &mut dyn Observer,
) -> Result<Artifact, Failure> {
    package_processor(destination(spec, local), spec.processor.code_path.as_deref(), mapping, observer)
}

fn obtain(
    source: &Source,
    destination: Destination,
    deadline: Option<Instant>,
    report: &mut dyn FnMut(&str),
) -> Result<Content, Failure> {
    let cache = || Folders::from_environment().map(|folders| folders.cache().to_owned()).map_err(local_error);
    build(source, destination, &cache, deadline, &mut |progress| report(&progress.0))
}

/// Builds the processor without packing it. `report` gets the compiler's lines.
///
/// # Errors
/// It cannot be built.
pub fn build_processor(spec: &Spec, local: bool, report: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    let destination = destination(spec, local);
    obtain(&source(destination, spec.processor.code_path.clone()), destination, None, report).map(drop)
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
