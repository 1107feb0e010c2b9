use camino::Utf8PathBuf;
use clap::Args;
use jiff::{SignedDuration, Timestamp};

use super::cost_change::{Costed, cost_change};
use super::reporter::Reporter;
use super::{Global, Outcome, OutputFormat, Stop, runtime, spec};
use crate::cost::Change;
use crate::deploy::{
    Acceptance, AppliedElsewhere, accepts_downgrade, applied_elsewhere, check_outside, command_line,
    judge_quotas, observe, plan_offline, planned, refusal_of_break, refusal_of_taken, want, write_saved,
};
use crate::diagnostic::{Exit, Failure};
use crate::plan::{Plan, StackAction};
use crate::report::{Console, cost_change_text, elsewhere_text, plan_markdown, plan_text, printable};
use crate::validate::CheckedSpec;

/// Show what an apply would change, which line of the spec causes it, and whether data is at risk. Changes
/// nothing.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Exit with code 2 if there are changes.
    #[arg(long)]
    detailed_exitcode: bool,
    /// Compare with the last apply from this machine, without network.
    #[arg(long, conflicts_with = "out")]
    offline: bool,
    /// Save the plan; `pipectl apply FILE` executes exactly this plan.
    #[arg(long, value_name = "FILE")]
    out: Option<Utf8PathBuf>,
    /// Accept a risk by name, such as `contract-break`, or, for a saved plan, `data-loss:EventsTable`.
    #[arg(long, value_name = "WHAT")]
    accept: Vec<Acceptance>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    if !arguments.offline {
        checked.require_code()?;
    }
    let Looked { plan, cost, unusable, accept, last } = if arguments.offline {
        offline(global, &checked, console)?
    } else {
        runtime::run(global, online(arguments, global, &checked, console))?
    };
    // Without changes, the bill is not mentioned.
    let cost = cost.filter(|_| plan.action != StackAction::None);
    match global.format {
        OutputFormat::Json => {
            let costed = Costed::new(&plan, cost, last.as_ref());
            console.data(&serde_json::to_string(&costed).unwrap_or_default())?;
        }
        OutputFormat::Markdown => {
            let last = last.map(|last| format!("\n{}\n", elsewhere_text(&last))).unwrap_or_default();
            console.data(&(plan_markdown(&plan) + &cost_line(&plan, cost, "\n") + &last))?;
        }
        _ => {
            let last = last.map(|last| format!("  {}\n", elsewhere_text(&last))).unwrap_or_default();
            console.data(&(plan_text(&plan) + &cost_line(&plan, cost, "") + &last))?;
        }
    }
    let changes = plan.action != StackAction::None;
    if changes {
        next(arguments, global, (&plan, accept), console);
    }
    // What AWS would refuse, or what would lose events, is shown with the plan already, not only by the apply.
    if let Some(refusal) = refusal_of_taken(&plan).or(unusable) {
        return Err(Stop::Failure(refusal));
    }
    Ok(if changes && arguments.detailed_exitcode { Exit::Changes } else { Exit::Done })
}

/// The findings of a plan.
struct Looked {
    plan: Plan,
    /// The change of the monthly bill; `None` if it is unknown.
    cost: Option<Change>,
    /// Why an apply would be refused or useless.
    unusable: Option<Failure>,
    /// What must be accepted besides the plan's own risks.
    accept: Vec<Acceptance>,
    /// The last apply, if its commit is not in this checkout.
    last: Option<AppliedElsewhere>,
}

async fn online(
    arguments: &Arguments,
    global: &Global,
    checked: &CheckedSpec,
    console: &mut Console,
) -> Result<Looked, Stop> {
    let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
    let mut reporter = Reporter::new(console);
    let mut wanted = want(&session, checked, &mut reporter)?;
    let deployed_state = observe(&session).await?;
    let plan = planned(&session, &mut wanted, &deployed_state, Some(checked), &mut reporter).await?;
    let unusable = check_outside(&session, checked.spec(), &mut reporter).await.err();
    judge_quotas(&session, checked.spec(), &mut reporter).await;
    if let Some(out) = &arguments.out {
        let spec = (arguments.spec.as_path(), checked.spec());
        write_saved(
            out,
            spec,
            &session,
            (&wanted, &deployed_state, &plan),
            &arguments.accept,
            &mut reporter,
        )?;
    }
    let mut accept = Vec::from_iter(accepts_downgrade(&deployed_state));
    let contract_break = refusal_of_break(&wanted, &deployed_state, &arguments.accept);
    accept.extend(contract_break.is_some().then_some(Acceptance::ContractBreak));
    let cost = cost_change(deployed_state.template(), checked.spec(), session.region());
    let last = applied_elsewhere(&session, &deployed_state, &mut reporter).await?;
    Ok(Looked { plan, cost, unusable: unusable.or(contract_break), accept, last })
}

fn offline(global: &Global, checked: &CheckedSpec, console: &mut Console) -> Result<Looked, Stop> {
    let (plan, deployed, at) = plan_offline(&global.target(), checked)?;
    console.note(&format!(
        "  {:<14}compared with the last apply from here, {}; later changes by others, and the processor's code, are not compared",
        "offline",
        ago(Timestamp::now().duration_since(at))
    ));
    let cost = cost_change(Some(&deployed), checked.spec(), &plan.region);
    Ok(Looked { plan, cost, unusable: None, accept: Vec::new(), last: None })
}

fn cost_line(plan: &Plan, cost: Option<Change>, before: &str) -> String {
    cost.map(|change| format!("{before}{}\n", cost_change_text(&change, &plan.region))).unwrap_or_default()
}

fn ago(since: SignedDuration) -> String {
    let minutes = since.as_mins();
    let (count, unit) = match minutes {
        ..1 => return "just now".to_owned(),
        1..60 => (minutes, "minute"),
        60..2880 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    format!("{count} {unit}{} ago", if count == 1 { "" } else { "s" })
}

/// The command that applies this plan, with the losses that must be accepted.
fn next(
    arguments: &Arguments,
    global: &Global,
    (plan, others): (&Plan, Vec<Acceptance>),
    console: &mut Console,
) {
    let mut accept: Vec<Acceptance> =
        plan.losing().map(|change| Acceptance::data_loss(change.loser())).collect();
    accept.extend(plan.strangers().map(|change| Acceptance::Adopt(change.logical_id.clone())));
    accept.extend(others);
    accept.retain(|accept| !arguments.accept.contains(accept));
    accept.sort();
    accept.dedup();
    let accept: Vec<String> =
        accept.iter().map(|accept| format!("--accept {}", printable(&accept.to_string()))).collect();
    let file = arguments.out.as_ref().unwrap_or(&arguments.spec);
    console.note(&format!("\n  next: {}", command_line("apply", file, &global.target(), &accept.join(" "))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_times_are_shown_in_round_numbers() {
        let past = |minutes: i64| ago(SignedDuration::from_mins(minutes));
        assert_eq!(
            [-5, 0, 1, 59, 60, 2879, 2880, 100_000].map(past),
            [
                "just now",
                "just now",
                "1 minute ago",
                "59 minutes ago",
                "1 hour ago",
                "47 hours ago",
                "2 days ago",
                "69 days ago"
            ]
        );
    }
}
