//! The commands, and the module of each.

use clap::Subcommand;

use super::{Global, Outcome};
use super::{
    apply, build, capacity, completions, cost, destroy, dev, dlq, doctor, drift, eject, erase, expand,
    explain, history, init, list, local, logs, lsp, man, outputs, permissions, plan, query, recover, render,
    replay, rollback, schema, send, status, test, trace, validate, verify, version,
};
use crate::report::Console;
use crate::sandbox;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(init::Arguments),
    Validate(validate::Arguments),
    Schema(schema::Arguments),
    Explain(explain::Arguments),
    Render(render::Arguments),
    Eject(eject::Arguments),
    Build(build::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Destroy(destroy::Arguments),
    Dev(dev::Arguments),
    History(history::Arguments),
    Rollback(rollback::Arguments),
    Recover(recover::Arguments),
    Status(status::Arguments),
    Verify(verify::Arguments),
    Logs(logs::Arguments),
    Trace(trace::Arguments),
    Outputs(outputs::Arguments),
    List(list::Arguments),
    Drift(drift::Arguments),
    Test(test::Arguments),
    Send(send::Arguments),
    Dlq(dlq::Arguments),
    Replay(replay::Arguments),
    Erase(erase::Arguments),
    Query(query::Arguments),
    Cost(cost::Arguments),
    Capacity(capacity::Arguments),
    Permissions(permissions::Arguments),
    Doctor(doctor::Arguments),
    Local(local::Arguments),
    Lsp(lsp::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Version(version::Arguments),
    #[command(name = sandbox::ARGUMENT, hide = true)]
    Expand,
}

impl Command {
    /// Runs the command, which writes its data itself.
    pub(super) fn run(self, global: &Global, console: &mut Console) -> Outcome {
        match self {
            Self::Init(arguments) => init::run(&arguments, console),
            Self::Validate(arguments) => validate::run(&arguments, global, console),
            Self::Schema(arguments) => schema::run(&arguments, console),
            Self::Explain(arguments) => explain::run(&arguments, console),
            Self::Render(arguments) => render::run(&arguments, console),
            Self::Build(arguments) => build::run(&arguments, console),
            Self::Eject(arguments) => eject::run(&arguments, console),
            Self::Plan(arguments) => plan::run(&arguments, global, console),
            Self::Apply(arguments) => apply::run(&arguments, global, console),
            Self::History(arguments) => history::run(&arguments, global, console),
            Self::Rollback(arguments) => rollback::run(&arguments, global, console),
            Self::Recover(arguments) => recover::run(&arguments, global, console),
            Self::Destroy(arguments) => destroy::run(&arguments, global, console),
            Self::Dev(arguments) => dev::run(&arguments, global, console),
            Self::Status(arguments) => status::run(&arguments, global, console),
            Self::Verify(arguments) => verify::run(&arguments, global, console),
            Self::Logs(arguments) => logs::run(&arguments, global, console),
            Self::Trace(arguments) => trace::run(&arguments, global, console),
            Self::List(arguments) => list::run(&arguments, global, console),
            Self::Outputs(arguments) => outputs::run(&arguments, global, console),
            Self::Drift(arguments) => drift::run(&arguments, global, console),
            Self::Test(arguments) => test::run(&arguments, global, console),
            Self::Send(arguments) => send::run(&arguments, global, console),
            Self::Query(arguments) => query::run(&arguments, global, console),
            Self::Cost(arguments) => cost::run(&arguments, global, console),
            Self::Capacity(arguments) => capacity::run(&arguments, global, console),
            Self::Permissions(arguments) => permissions::run(&arguments, global, console),
            Self::Doctor(arguments) => doctor::run(&arguments, global, console),
            Self::Dlq(arguments) => dlq::run(&arguments, global, console),
            Self::Erase(arguments) => erase::run(&arguments, global, console),
            Self::Local(arguments) => local::run(&arguments, global, console),
            Self::Replay(arguments) => replay::run(&arguments, global, console),
            Self::Lsp(arguments) => lsp::run(&arguments),
            Self::Completions(arguments) => completions::run(&arguments, console),
            Self::Man(arguments) => man::run(&arguments, console),
            Self::Version(arguments) => version::run(&arguments, console),
            Self::Expand => expand::run(),
        }
    }
}
