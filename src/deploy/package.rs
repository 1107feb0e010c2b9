use super::observer::{Notice, Observer};
use crate::diagnostic::Failure;
use crate::package::{Artifact, Destination, Machine, build, package};
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
    mapping: Option<&str>,
    observer: &mut dyn Observer,
) -> Result<Artifact, Failure> {
    observer.notice(Notice::Begins("processor"));
    observer.notice(Notice::Doing("cargo build --release --package pipectl-processor"));
    let deadline = observer.deadline();
    let built = build(destination, deadline, &mut |progress| observer.notice(Notice::Doing(&progress.0)));
    match built.and_then(|binary| package(&binary, destination, mapping)) {
        Ok(artifact) => {
            let megabytes =
                |bytes: usize| f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0;
            let (whole, zipped) = (megabytes(artifact.binary_bytes), megabytes(artifact.zip.len()));
            observer.notice(Notice::Ends(Some(&format!("built, {whole:.1} MB, zipped {zipped:.1} MB"))));
            Ok(artifact)
        }
        Err(failure) => {
            observer.notice(Notice::Ends(None));
            Err(failure)
        }
    }
}

/// Builds the processor without packing it. `tell` is given the compiler's lines.
///
/// # Errors
/// It cannot be built.
pub fn build_processor(spec: &Spec, local: bool, tell: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    build(destination(spec, local), None, &mut |progress| tell(&progress.0)).map(drop)
}

/// Builds the processor once for each architecture that the specs name.
///
/// # Errors
/// It cannot be built for one of them.
pub fn build_once(specs: &[Spec], local: bool, observer: &mut dyn Observer) -> Result<(), Failure> {
    let mut built: Vec<Destination> = Vec::new();
    for destination in specs.iter().map(|spec| destination(spec, local)) {
        if !built.contains(&destination) {
            package_processor(destination, None, observer)?;
            built.push(destination);
        }
    }
    Ok(())
}
