//! `apply --code-only`.

use std::time::Instant;

use super::apply_arguments::Arguments;
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::deploy::{CodeChange, Session, change_code, command_line, read_saved, refuse_code_of_production};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::Console;

pub(super) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let [path] = arguments.specs.as_slice() else { return Err(one_spec()) };
    if read_saved(path)?.is_some() {
        return Err(one_spec());
    }
    let checked = spec::load_with_code(path, console)?;
    refuse_code_of_production(checked.spec(), &command_line("apply", path, &global.target(), ""))?;
    runtime::run(global, async {
        let begun = Instant::now();
        let session = runtime::session(global, path, checked.spec(), console).await?;
        let consent = arguments.answers.consent();
        let change = change_code(&session, &checked, &consent, &mut Reporter::new(console)).await?;
        report(&session, &change, begun, console);
        console.note(&format!("\n  next: {}", session.command("send", "--count 10 --wait")));
        Ok(Exit::Done)
    })
}

/// The result, for people; programs have read it as the last event.
pub(super) fn report(session: &Session, change: &CodeChange, begun: Instant, console: &mut Console) {
    let stack = &change.outcome.stack;
    let seconds = begun.elapsed().as_secs_f64();
    let live = change.version.as_ref().map(|version| format!(": version {version} is live"));
    match change.changed() {
        true => console.note(&format!(
            "\n  code of {stack} changed in {seconds:.1} s{}; CloudFormation does not know this; the next apply compares",
            live.unwrap_or_default()
        )),
        false => console.note(&format!("  no changes: the processor of {stack} runs this code already")),
    }
    if let Some(beyond) = &change.beyond {
        let apply = session.command("apply", "");
        console.complain(&format!(
            "  warning: the spec differs from what is deployed in more than code ({beyond}), but only code was changed; `{apply}` changes the rest"
        ));
    }
}

fn one_spec() -> Stop {
    let message = "`--code-only` works with one spec, not with a saved plan";
    let diagnostic = Diagnostic::error(codes::USAGE_WRONG, message).help("name one spec");
    Stop::Failure(Failure::new(Exit::Usage, diagnostic))
}
