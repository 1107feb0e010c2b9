use camino::Utf8PathBuf;
use clap::Args;

use super::agreed::region;
use super::measured::counted;
use super::{Global, Outcome, spec};
use crate::capacity::{Demand, capacity, drain};
use crate::deploy::command_line;
use crate::diagnostic::Exit;
use crate::operate::COUNTED_DAYS;
use crate::report::{Console, FieldLocation, Format, Headroom, capacity_json, capacity_text};
use crate::spec::{MeasuredLoad, Spec};
use crate::validate::CheckedSpec;

/// Show how many events a second the pipeline can take: which limit is reached first, the line of the spec
/// that raises it, and how long the backlog of an hour's outage takes. Offline without `--measured`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Use what AWS counted in the last 30 days instead of `load`.
    #[arg(long)]
    measured: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let region = region(spec, global)?;
    let demand = match arguments.measured {
        true => measured(spec, &counted(&arguments.spec, spec, global, console)?),
        false => Demand::expected(spec),
    };
    let limits = capacity(spec, &demand, &region);
    let drains = [demand.average, demand.peak].map(|rate| drain(spec, &demand, &limits, rate));
    let located_limits = limits.into_iter().map(|limit| {
        let location = limit.field.and_then(|field| location(&checked, field));
        (limit, location)
    });
    let found = Headroom {
        stack: spec.resolved_names().stack,
        region,
        is_measured: arguments.measured,
        demand,
        limits: located_limits.collect(),
        drains,
    };
    match console.format {
        Format::Human => console.data(&capacity_text(&found))?,
        Format::Json => console.data(&capacity_json(&found).to_string())?,
    }
    let next = command_line("cost", &arguments.spec, &global.target(), "");
    console.note(&format!("\n  next: {next}  # shows what it costs"));
    Ok(Exit::Done)
}

/// The busiest hour is taken as the peak. The measured duration per batch is compared with the assumed one.
fn measured(spec: &Spec, counted: &MeasuredLoad) -> Demand {
    let batch = (counted.received / counted.invocations.max(1.0)).ceil().max(1.0) as u32;
    let milliseconds = counted.milliseconds / counted.invocations.max(1.0);
    let assumed = f64::from(spec.invocation_milliseconds(batch));
    Demand {
        average: counted.sent / (f64::from(COUNTED_DAYS) * 86_400.0),
        peak: counted.most_sent / 3_600.0,
        event_bytes: counted.sent_bytes / counted.sent,
        slowness: if milliseconds > 0.0 { milliseconds / assumed } else { 1.0 },
    }
}

fn location(checked: &CheckedSpec, field: &str) -> Option<FieldLocation> {
    let location = checked.location(field)?;
    let file = checked.sources().get(location.file.0)?.path.to_string();
    Some(FieldLocation { file, line: location.span.start.line })
}
