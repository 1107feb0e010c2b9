use camino::Utf8PathBuf;
use clap::{Args, ValueEnum};

use super::{Outcome, spec};
use crate::diagnostic::Exit;
use crate::render::render;
use crate::report::Console;

/// Print the CloudFormation template a spec expands to. Offline.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// The template's language.
    #[arg(long, short, value_enum, default_value_t)]
    output: Language,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Language {
    /// With comments.
    #[default]
    Yaml,
    Json,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let template = render(&checked)?;
    match arguments.output {
        Language::Yaml => console.data(&template.text)?,
        Language::Json => console.data(&format!("{:#}", template.parsed))?,
    }
    Ok(Exit::Done)
}
