use camino::Utf8PathBuf;
use clap::Args;

use super::{Global, Outcome, Stop, chosen, runtime, spec};
use crate::deploy::command_line;
use crate::diagnostic::Exit;
use crate::doctor::{State, Subject, examine};
use crate::report::{Console, Format, doctor_json, doctor_text, printable};
use crate::validate::CheckedSpec;

/// Check what may prevent pipectl from working: this machine, the connection, the credentials, the account
/// and the permissions. Changes nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec. If left out: the one in `PIPECTL_SPEC`, else the only one in `specs`, else none.
    spec: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let (path, checked) = match &arguments.spec {
        Some(path) => (Some(path.clone()), Some(spec::load(path, console)?)),
        None => by_default(global, console)?,
    };
    let columns = console.can_ask().then(|| console.width());
    let subject = Subject {
        target: global.target(),
        is_local: global.local,
        spec: checked.as_ref().map(CheckedSpec::spec),
        path: path.as_deref(),
        columns,
    };
    let checks = runtime::run(global, async { Ok(examine(&subject).await) })?;
    match console.format {
        Format::Human => console.data(&doctor_text(&checks, console.width()))?,
        Format::Json => console.data(&doctor_json(&checks))?,
    }
    let is_sound = !checks.iter().any(|check| check.state == State::Failed);
    if let Some(path) = path.filter(|_| is_sound) {
        let next = command_line("plan", &path, &global.target(), "");
        console.note(&format!("\n  next: {next}"));
    }
    Ok(if is_sound { Exit::Done } else { Exit::Failed })
}

/// The default spec. A production spec must be named, as for every command.
fn by_default(
    global: &Global,
    console: &mut Console,
) -> Result<(Option<Utf8PathBuf>, Option<CheckedSpec>), Stop> {
    let Some((path, why)) = chosen::default_spec() else { return Ok((None, None)) };
    let checked = spec::load(&path, console)?;
    let (shown, cloud) = (printable(path.as_str()), if global.local { "the local cloud" } else { "AWS" });
    if checked.spec().deploy.production {
        let line = format!("no spec: `{shown}` is production and must be named: pipectl doctor {shown}");
        console.note(&format!("  {:<14}{line}", "chosen"));
        return Ok((None, None));
    }
    console.note(&format!("  {:<14}{shown}, {why}; {cloud}", "chosen"));
    Ok((Some(path), Some(checked)))
}
