use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};
use serde_json::json;

use super::reporter::Reporter;
use super::{Outcome, Stop, output_file, spec};
use crate::deploy::{mapping_file, package_processor};
use crate::diagnostic::{Exit, Failure, codes};
use crate::package::{Destination, Machine, is_artifact};
use crate::report::{Console, Format, pairs};
use crate::save::Own;
use crate::spec::Architecture;
use crate::validate::CheckedSpec;

/// Build the processor's zip for Lambda. The same sources give the same bytes. Installs nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec: the zip is built for its `processor.architecture`, and includes the mapping if that is in a
    /// file.
    #[arg(required_unless_present = "architecture", conflicts_with = "architecture")]
    spec: Option<Utf8PathBuf>,
    /// The architecture, if no spec is given.
    #[arg(long, short, value_enum)]
    architecture: Option<Name>,
    /// The zip to write. Replaces only an earlier zip of the processor, no other file.
    #[arg(long, short, value_name = "FILE.zip", default_value = "processor.zip")]
    output: Utf8PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86_64,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let checked = arguments.spec.as_ref().map(|path| spec::load_with_code(path, console)).transpose()?;
    let spec = checked.as_ref().map(CheckedSpec::spec);
    let machine = match (spec.map(|spec| spec.processor.architecture), arguments.architecture) {
        (_, Some(Name::Arm64)) | (Some(Architecture::Arm64), None) => Machine::Arm64,
        (_, Some(Name::X86_64)) | (Some(Architecture::X86_64), None) => Machine::X86_64,
        (None, None) => Machine::host().unwrap_or(Machine::Arm64),
    };
    let mapping = spec.and_then(mapping_file);
    let output = &arguments.output;
    if output.extension() != Some("zip") {
        let help = format!("write `--output {}`", output.with_extension("zip"));
        let message = format!("`{output}` is not the name of a zip");
        return Err(Stop::Failure(Failure {
            exit: Exit::Usage,
            ..Failure::failed(codes::SOURCE_UNWRITABLE, message, help)
        }));
    }
    let code = spec.and_then(|spec| spec.processor.code_path.as_deref());
    let (destination, mut reporter) = (Destination::Lambda(machine), Reporter::new(console));
    let artifact = package_processor(destination, code, mapping.as_deref(), &mut reporter)?;
    output_file::replace(output, &artifact.zip, Own { what: "a processor zip", begins: is_artifact })?;
    let sha256 = artifact.sha256();
    console.outcome(&match console.format {
        Format::Json => json!({
            "version": 1, "file": output.as_str(), "architecture": machine.name(), "sha256": sha256,
            "bytes": artifact.zip.len(), "binary_bytes": artifact.binary_bytes, "key": artifact.key,
        })
        .to_string(),
        Format::Human => pairs([
            ("file", output.to_string()),
            ("architecture", format!("{}, for provided.al2023", machine.name())),
            ("sha256", sha256.to_owned()),
        ]),
    });
    Ok(Exit::Done)
}
