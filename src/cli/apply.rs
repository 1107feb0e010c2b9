use std::time::Instant;

use camino::Utf8Path;

pub(crate) use super::apply_arguments::Arguments;
use super::apply_verified::Guard;
use super::invented::samples;
use super::reporter::Reporter;
use super::{Global, Outcome, Stop, code_only, many, runtime, spec};
use crate::deploy::{
    Adoption, Applied, Consent, DeployedState, Observer, Options, Session, Wanted, apply, check_outside,
    note_consent, observe_settled, open_saved, planned, read_saved, take_over, want,
};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::RuleSample;
use crate::plan::Plan;
use crate::report::{Console, Format, pairs, printable};
use crate::validate::CheckedSpec;

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let path = &arguments.specs[0];
    if arguments.code_only {
        return code_only::run(arguments, global, console);
    }
    if arguments.specs.len() > 1 {
        refuse_adoption(arguments)?;
        return many::run(arguments, global, console);
    }
    runtime::run(global, async {
        if read_saved(path)?.is_some() {
            refuse_adoption(arguments)?;
            return saved(arguments, path, global, console).await;
        }
        let (checked, tree) = spec::load_with_tree(path, console)?;
        checked.require_code()?;
        let samples = samples(&tree);
        let applied = current(arguments, path, global, (&checked, samples), console).await;
        applied.map_err(|stop| spec::with_spec_locations(stop, &checked))
    })
}

/// Applies the current spec.
async fn current(
    arguments: &Arguments,
    path: &Utf8Path,
    global: &Global,
    (checked, samples): (&CheckedSpec, Vec<RuleSample>),
    console: &mut Console,
) -> Outcome {
    let begun = Instant::now();
    let mut session = runtime::session(global, path, checked.spec(), console).await?;
    let mut reporter = Reporter::new(console);
    let mut wanted = want(&session, checked, &mut reporter)?;
    let mut consent = arguments.answers.consent();
    if let Some(former) = &arguments.adopt {
        let adoption = Adoption { former, session: &session, checked, consent: &consent };
        take_over(&adoption, &mut reporter).await?;
        // The changes to adopted resources were shown and accepted together with the adoption.
        consent = consent.answered();
    }
    let (deployed_state, plan) = ready(&session, &mut wanted, checked, &mut reporter).await?;
    let guard =
        Guard { spec: checked.spec(), samples, deployed_state: &deployed_state, yes: arguments.answers.yes };
    let decided = Decided { arguments, consent, plan, begun };
    carried_out(decided, &mut session, &wanted, &guard, console).await
}

/// The plan, and the consent to it.
struct Decided<'a> {
    arguments: &'a Arguments,
    consent: Consent,
    plan: Plan,
    begun: Instant,
}

/// Executes a plan and reports it; with `--verify`, verifies both versions.
async fn carried_out(
    decided: Decided<'_>,
    session: &mut Session,
    wanted: &Wanted,
    guard: &Guard<'_>,
    console: &mut Console,
) -> Outcome {
    let Decided { arguments, consent, plan, begun } = decided;
    let options = Options { express: arguments.express, rolls_back: false };
    let before = if arguments.verify { Some(guard.before(session, console).await?) } else { None };
    let mut reporter = Reporter::new(console);
    let applied =
        apply(session, wanted, guard.deployed_state, plan, &consent, &options, &mut reporter).await?;
    report(session, wanted, &applied, begun, console);
    match before {
        Some(before) => guard.after(session, before, &applied, console).await,
        None => Ok(Exit::Done),
    }
}

/// Waits until the stack is stable, and computes the plan.
async fn ready(
    session: &Session,
    wanted: &mut Wanted,
    checked: &CheckedSpec,
    observer: &mut dyn Observer,
) -> Result<(DeployedState, Plan), Stop> {
    let deployed_state = observe_settled(session, observer).await?;
    check_outside(session, checked.spec(), observer).await?;
    let plan = planned(session, wanted, &deployed_state, Some(checked), observer).await?;
    Ok((deployed_state, plan))
}

/// Plans and applies what is wanted. Also returns a short text of how many resources change.
pub(super) async fn bring(
    session: &Session,
    wanted: &mut Wanted,
    checked: &CheckedSpec,
    (consent, options): (&Consent, &Options),
    observer: &mut dyn Observer,
) -> Result<(Applied, String), Stop> {
    let (deployed_state, plan) = ready(session, wanted, checked, observer).await?;
    let changes = plan.count();
    Ok((apply(session, wanted, &deployed_state, plan, consent, options, observer).await?, changes))
}

/// Executes exactly a saved plan.
async fn saved(arguments: &Arguments, path: &Utf8Path, global: &Global, console: &mut Console) -> Outcome {
    let begun = Instant::now();
    let Some(saved) = read_saved(path)? else { return Ok(Exit::Done) };
    let Consent { yes, mut accepted } = arguments.answers.consent();
    for acceptance in saved.accepted() {
        note_consent(format!("--accept {acceptance}, in the saved plan"));
        accepted.push(acceptance);
    }
    let consent = Consent { yes, accepted };
    let mut reporter = Reporter::new(console);
    let spec = saved.spec().clone();
    let (mut session, mut wanted, deployed_state) =
        open_saved(saved, &global.target(), &mut reporter).await?;
    let plan = planned(&session, &mut wanted, &deployed_state, None, &mut reporter).await?;
    // The plan has no samples: the canary is generated from its pattern and mapping.
    let guard = Guard { spec: &spec, samples: Vec::new(), deployed_state: &deployed_state, yes: consent.yes };
    let decided = Decided { arguments, consent, plan, begun };
    carried_out(decided, &mut session, &wanted, &guard, console).await
}

/// An adoption needs exactly one spec, and saved plans do not support it.
fn refuse_adoption(arguments: &Arguments) -> Result<(), Stop> {
    if arguments.adopt.is_none() {
        return Ok(());
    }
    Err(Stop::Failure(Failure::refused(
        codes::ADOPT_UNFIT,
        "`--adopt` works with one spec, not with a saved plan or several specs",
        "run `pipectl apply SPEC --adopt STACK` for the spec whose names the resources have",
    )))
}

/// The result, for people; programs have read it as the last event.
pub(super) fn report(
    session: &Session,
    wanted: &Wanted,
    applied: &Applied,
    begun: Instant,
    console: &mut Console,
) {
    let outcome = &applied.outcome;
    if applied.changed() {
        let seconds = begun.elapsed().as_secs_f64();
        console.note(&format!("\n  {} {} in {seconds:.1} s\n", outcome.result, outcome.stack));
    } else {
        console.note(&format!("  no changes: stack {} is what the spec says\n", outcome.stack));
    }
    if console.format == Format::Human {
        let outputs = outcome.outputs.iter();
        console.outcome(&pairs(outputs.map(|(name, value)| (name.as_str(), printable(value)))));
    }
    // Other consumers see generated events, too.
    let next = match wanted.is_production() && !session.is_local() {
        true => session.command("verify", ""),
        false => session.command("send", "--count 1000 --wait"),
    };
    console.note(&format!("\n  next: {next}"));
}
