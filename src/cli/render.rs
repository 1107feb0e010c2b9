use camino::{Utf8Path, Utf8PathBuf};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Outcome, Stop, spec};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::preview::{is_preview, preview};
use crate::render::render;
use crate::report::{Console, Format};
use crate::sandbox::Process;
use crate::save::{self, Access, Own};

/// Print the CloudFormation template that the spec expands to. Offline.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// The template's language: YAML, or JSON with `--format json`.
    #[arg(long, short, value_enum)]
    output: Option<Language>,
    /// Draw the dashboard with made-up values into this HTML file instead. Replaces only an earlier preview, no
    /// other file.
    #[arg(long, value_name = "FILE.html", conflicts_with = "output")]
    dashboard_preview: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// With comments.
    Yaml,
    Json,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    if let Some(file) = &arguments.dashboard_preview {
        check_name(file)?;
    }
    let checked = spec::load(&arguments.spec, console)?;
    let template = render(&checked, &Process)?;
    if let Some(file) = &arguments.dashboard_preview {
        write(file, &preview(&template)?)?;
        if console.format == Format::Json {
            console.outcome(&json!({"version": 1, "file": file.as_str()}).to_string());
        }
        console.note(&format!("  wrote  {file}"));
        return Ok(Exit::Done);
    }
    let by_format = if console.format == Format::Json { Language::Json } else { Language::Yaml };
    match arguments.output.unwrap_or(by_format) {
        Language::Yaml => console.file(&template.text)?,
        Language::Json => console.json(&format!("{:#}", template.parsed))?,
    }
    Ok(Exit::Done)
}

/// Refuses a file name that may be a spec given by mistake, even if it does not exist.
fn check_name(file: &Utf8Path) -> Result<(), Stop> {
    if file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html")) {
        return Ok(());
    }
    let message = format!("`{file}` is not the name of an HTML file");
    let help = format!("write `--dashboard-preview {}`", file.with_extension("html"));
    let diagnostic = Diagnostic::error(codes::SOURCE_UNWRITABLE, message).help(help);
    Err(Stop::Failure(Failure::new(Exit::Usage, diagnostic)))
}

fn write(file: &Utf8Path, text: &str) -> Result<(), Stop> {
    let own = Own { what: "a dashboard preview", begins: is_preview };
    save::replace_own(file, text.as_bytes(), Access::Usual, own).map_err(|error| {
        let folder = file.parent().filter(|folder| !folder.as_str().is_empty() && !folder.exists());
        let (reason, help) = match folder {
            Some(folder) => (
                format!("the folder `{folder}` does not exist"),
                format!("create it with `mkdir -p {folder}`, or name another file"),
            ),
            None => (save::reason(&error), "name another file, or check the permissions".to_owned()),
        };
        let message = format!("`{file}` cannot be written: {reason}");
        Stop::Failure(Failure::failed(codes::SOURCE_UNWRITABLE, message, help))
    })
}
