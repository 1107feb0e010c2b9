//! One apply for each of several specs, in parallel. Each is a process of its own, so that none can disturb another.

use super::apply_arguments::Arguments;
use super::board::Board;
use super::found::refuse_shared;
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, runtime, spec};
use crate::aws::{Settings, endpoints};
use crate::deploy::{Target, build_once, show_endpoints, start_local_cloud};
use crate::diagnostic::{Failure, codes};
use crate::report::{Console, Format, RunState, SpecRun, runs_text};
use crate::spec::Spec;

pub(super) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let mut checked = Vec::new();
    for path in &arguments.specs {
        checked.push(spec::load_with_code(path, console)?);
    }
    let specs: Vec<Spec> = checked.iter().map(|checked| checked.spec().clone()).collect();
    let together: Vec<_> = arguments.specs.iter().map(|path| path.as_path()).zip(&checked).collect();
    refuse_shared(&together)?;
    if !global.local && !arguments.answers.yes {
        return Err(Stop::Failure(Failure::refused(
            codes::GUARD_NEEDS_ANSWER,
            "with several specs, pipectl cannot ask about each one",
            "check each with `pipectl plan`, then add `--yes`",
        )));
    }
    let mut reporter = Reporter::new(console);
    if global.local {
        start_local_cloud(None, &mut reporter)?;
    }
    if !global.local {
        // The applies themselves do not print these warnings.
        let Target { profile, region, endpoint, local } = global.target();
        let settings = Settings { profile, region, endpoint, local };
        show_endpoints(&runtime::runtime()?.block_on(endpoints(&settings))?, &mut reporter);
    }
    // Once for all, instead of several compilers that wait for each other.
    build_once(&specs, global.local, &mut reporter)?;
    let runs = arguments.specs.iter().zip(&specs).map(|(path, spec)| SpecRun {
        spec: path.clone(),
        stack: spec.resolved_names().stack,
        state: RunState::Waiting,
        done: 0,
    });
    let mut board = Board { runs: runs.collect(), live: 0, started: Vec::new(), arguments, global };
    // Each apply has its own deadline: interrupted here, they would continue unseen.
    runtime::runtime()?.block_on(board.run(console));
    if console.format == Format::Human {
        console.outcome(&runs_text(&board.runs));
    }
    Ok(board.exit())
}
