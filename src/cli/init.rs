use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use super::from_event::{Inferred, infer};
use super::output_file::{is_there, write};
use super::project::{Project, of_folder};
use super::{Outcome, Stop};
use crate::deploy::{Target, command_line};
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::{Console, Format};
use crate::spec::json_schema;

const SPEC: &str = include_str!("init/spec.yaml");
const SAMPLES: [(&str, &str); 2] =
    [("example", include_str!("init/example.json")), ("other", include_str!("init/other.json"))];

/// Start a project: a commented spec, samples, and the schema for your editor.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder; `specs` and `schema` are created in it.
    #[arg(default_value = ".")]
    folder: Utf8PathBuf,
    /// Infer pattern, keys, type and data from these events: files, or `-` for stdin, with one JSON event, one
    /// per line, or a list. Each is a whole envelope, only a `detail`, or an entry of PutEvents.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    from_event: Vec<Utf8PathBuf>,
    /// The base of every resource name; if left out, the folder's name.
    #[arg(long)]
    name: Option<String>,
    /// The environment, such as `dev` or `prod`; it names the spec's file.
    #[arg(long, default_value = "dev")]
    environment: String,
    /// The e-mail address or SNS topic that receives alarms.
    #[arg(long, value_name = "ADDRESS", default_value = "you@example.com")]
    notify: String,
    /// Replace existing files.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let Arguments { folder, environment, .. } = arguments;
    let project = Project {
        name: arguments.name.clone().unwrap_or_else(|| of_folder(folder)),
        environment: environment.clone(),
        notify: arguments.notify.clone(),
        spec: folder.join("specs").join(format!("{environment}.yaml")),
        force: arguments.force,
    };
    let spec = &project.spec;
    let inferred = if arguments.from_event.is_empty() {
        plain(&project)?
    } else {
        infer(&project, &arguments.from_event)?
    };
    if is_there(spec) && !arguments.force {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_DECLINED,
            format!("`{spec}` already exists"),
            "choose another folder or `--environment`, or replace existing files with `--force`",
        )));
    }
    let mut files = vec![spec.clone()];
    write(spec, &inferred.spec, console)?;
    for (name, text) in &inferred.samples {
        let path = spec.with_file_name(name);
        // The environments share their samples.
        if arguments.force || !is_there(&path) {
            write(&path, text, console)?;
        }
        files.push(path);
    }
    // It is generated, so it may be overwritten. With it, editors need no network, and it matches this release of
    // pipectl.
    let schema = folder.join("schema/pipeline.schema.json");
    write(&schema, &format!("{:#}\n", json_schema()), console)?;
    files.push(schema);
    if console.format == Format::Json {
        let mut document = json!({"version": 1, "name": project.name, "environment": project.environment, "files": files.iter().map(|file| file.as_str()).collect::<Vec<_>>()});
        if let Some(found) = inferred.found {
            document["inferred"] = found;
        }
        console.data(&document.to_string())?;
    }
    let after = if arguments.from_event.is_empty() { "validate" } else { "test" };
    console.note(&format!(
        "\n  next: {}\n        {}  # without an account",
        command_line(after, spec, &Target::default(), ""),
        command_line("apply", spec, &Target { local: true, ..Target::default() }, "")
    ));
    Ok(Exit::Done)
}

/// A spec to be filled in, with a mapping that accepts any event with an `id`.
fn plain(project: &Project) -> Result<Inferred, Stop> {
    let text = SPEC
        .replace("ENVIRONMENT", &project.environment)
        .replace("NAME", &project.name)
        .replace("NOTIFY", &project.notify);
    project.checked(&text)?;
    let sample = |(kind, text): (&str, &str)| {
        (format!("samples/{}-{kind}.json", project.name), text.replace("NAME", &project.name))
    };
    Ok(Inferred { spec: text, samples: SAMPLES.map(sample).to_vec(), found: None })
}
