//! The decisions of a spec with the user's own code.

use processor::config::Config;

use crate::deploy;
use crate::diagnostic::Failure;
use crate::report::Console;
use crate::spec::Spec;
use crate::validate::processor_config;

/// A configuration that decides as the spec's processor does.
///
/// # Errors
/// The user's code cannot be built or cannot run here.
pub(super) fn deciding(spec: &Spec, console: &mut Console) -> Result<Config, Failure> {
    if spec.processor.code_path.is_none() {
        return Ok(processor_config(spec));
    }
    let activity = console.activity("processor");
    let config = deploy::deciding(spec, &mut |words| activity.update(words));
    activity.clear();
    config
}

/// The same for commands that are useful without decisions: if the code cannot run here, it warns, and decides nothing.
pub(super) fn deciding_if_it_can(spec: &Spec, console: &mut Console) -> Config {
    deciding(spec, console).unwrap_or_else(|failure| {
        let reason = failure.diagnostics.first().map(|first| first.message.clone()).unwrap_or_default();
        console.complain(&format!("  {:<14}{}", "not decided", crate::report::printable(&reason)));
        deploy::undecided(spec)
    })
}
