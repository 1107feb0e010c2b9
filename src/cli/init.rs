use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;

use super::written::{is_there, write};
use super::{Outcome, Stop};
use crate::deploy::{Target, command_line};
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::Console;
use crate::source;
use crate::spec::json_schema;
use crate::validate::validate;

const SPEC: &str = include_str!("init/spec.yaml");
const CREATED: &str = include_str!("init/created.json");
const INVOICE: &str = include_str!("init/invoice.json");

/// Begin a project: a commented spec, samples, and the schema the editor reads.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder; `specs` and `schema` are made in it.
    #[arg(default_value = ".")]
    folder: Utf8PathBuf,
    /// The base of every resource name.
    #[arg(long, default_value = "shipmentevents")]
    name: String,
    /// Which deployment it is, such as `dev` or `prod`; the spec is called after it.
    #[arg(long, default_value = "dev")]
    environment: String,
    /// Whom the alarms tell.
    #[arg(long, value_name = "ADDRESS", default_value = "you@example.com")]
    notify: String,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let folder = &arguments.folder;
    let spec = folder.join("specs").join(format!("{}.yaml", arguments.environment));
    let text = SPEC
        .replace("ENVIRONMENT", &arguments.environment)
        .replace("NAME", &arguments.name)
        .replace("NOTIFY", &arguments.notify);
    check_values(&spec, &text)?;
    if is_there(&spec) && !arguments.force {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DECLINED,
            format!("`{spec}` is there already"),
            "choose another folder or `--environment`, or replace what is there with `--force`",
        )));
    }
    write(&spec, &text, console)?;
    for (name, text) in [("created.json", CREATED), ("invoice.json", INVOICE)] {
        let path = folder.join("specs/samples").join(name);
        // A second environment shares the samples of the first, which may be edited by now.
        if arguments.force || !is_there(&path) {
            write(&path, text, console)?;
        }
    }
    // Generated, so that it may be made anew: editors find it without a network, beside any release of pipectl.
    write(&folder.join("schema/pipeline.schema.json"), &format!("{:#}\n", json_schema()), console)?;
    console.note(&format!(
        "\n  next: {}, or without an account: {}",
        command_line("validate", &spec, &Target::default(), ""),
        command_line("apply", &spec, &Target { local: true, ..Target::default() }, "")
    ));
    Ok(Exit::Done)
}

/// What was given on the command line is judged as in any spec, before a file is written.
fn check_values(spec: &Utf8Path, text: &str) -> Result<(), Stop> {
    // The samples are not there yet.
    let text = text.lines().filter(|line| !line.contains("samples")).collect::<Vec<_>>().join("\n");
    let checked = source::read_text(spec, text).and_then(|tree| validate(&tree, false));
    checked.map(drop).map_err(|mut failure| {
        failure.exit = Exit::Usage;
        Stop::Failure(failure)
    })
}
