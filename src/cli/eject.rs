use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::output_file::{is_there, write};
use super::{Outcome, Stop};
use crate::diagnostic::{Exit, Failure, codes};
use crate::render::{TEMPLATES, first_line};
use crate::report::{Console, Format};
use crate::validate::nearest;

const SUFFIX: &str = ".yaml.j2";

/// Copy pipectl's own templates so that you can change them. Templates you do not override keep pipectl's
/// version.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The templates, such as `alarms.yaml.j2`; all if left out.
    templates: Vec<String>,
    /// The folder to copy them to, beside the specs or below.
    #[arg(long, value_name = "FOLDER", default_value = "specs/templates")]
    to: Utf8PathBuf,
    /// Replace existing files.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let chosen = chosen(&arguments.templates)?;
    let there: Vec<Utf8PathBuf> =
        chosen.keys().map(|name| arguments.to.join(name)).filter(|path| is_there(path)).collect();
    if let (Some(first), false) = (there.first(), arguments.force) {
        let others = match there.len() - 1 {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DECLINED,
            format!("`{first}` already exists{others}"),
            "choose another folder with `--to`, or replace existing files with `--force`",
        )));
    }
    for (name, text) in &chosen {
        write(&arguments.to.join(name), &(first_line(name, text) + text), console)?;
    }
    let folder = arguments.to.strip_prefix("specs").unwrap_or(&arguments.to);
    if console.format == Format::Json {
        let files: Vec<String> = chosen.keys().map(|name| arguments.to.join(name).into_string()).collect();
        let document = json!({"version": 1, "folder": folder.as_str(), "files": files});
        console.outcome(&document.to_string());
    }
    console.note(&format!(
        "\n  next: change them, delete those you do not change, and name the folder in the spec: `deploy: {{templates: {folder}}}`"
    ));
    Ok(Exit::Done)
}

fn chosen(names: &[String]) -> Result<BTreeMap<&'static str, &'static str>, Stop> {
    if names.is_empty() {
        return Ok(TEMPLATES.iter().copied().collect());
    }
    let known = |name: &str| TEMPLATES.iter().copied().find(|(known, _)| *known == name);
    names
        .iter()
        .map(|name| known(name).or_else(|| known(&format!("{name}{SUFFIX}"))).ok_or_else(|| unknown(name)))
        .collect()
}

fn unknown(name: &str) -> Stop {
    let nouns = || TEMPLATES.iter().map(|(name, _)| name.trim_end_matches(SUFFIX));
    let help = match nearest(name.trim_end_matches(SUFFIX), nouns()) {
        Some(near) => format!("did you mean `{near}{SUFFIX}`?"),
        None => format!("there are `{}`", nouns().collect::<Vec<_>>().join("`, `")),
    };
    let mut failure =
        Failure::failed(codes::RENDER_TEMPLATE_ERROR, format!("pipectl has no template `{name}`"), help);
    failure.exit = Exit::Usage;
    Stop::Failure(failure)
}
