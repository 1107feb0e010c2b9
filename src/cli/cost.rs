use camino::Utf8PathBuf;
use clap::Args;

use super::agreed::region;
use super::measured::counted;
use super::price_list::price_list;
use super::{Global, Outcome, Stop, spec};
use crate::cost::{Prices, Traffic, estimate};
use crate::deploy::command_line;
use crate::diagnostic::{Exit, Failure, codes};
use crate::report::{Bill, Console, Format, cost_json, cost_text};

/// The factors of traffic that the bill shows.
const TIMES: [u32; 3] = [1, 10, 100];

/// Estimate what the pipeline costs in a month, by service, at 1, 10 and 100 times the traffic of `load`, and
/// for a million more events. Offline without `--measured`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Use what AWS counted in the last 30 days instead of `load`.
    #[arg(long)]
    measured: bool,
    /// Your own list of prices, for regions and items that pipectl has no price for. Its prices take precedence.
    #[arg(long, value_name = "FILE")]
    prices: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let region = region(spec, global)?;
    let list = price_list(arguments.prices.as_deref())?;
    let prices = list.of(&region).ok_or_else(|| no_prices(&region, &list))?;
    let traffics: Vec<Traffic> = if arguments.measured {
        let measured = counted(&arguments.spec, spec, global, console)?;
        TIMES.iter().map(|times| Traffic::measured(&measured, *times)).collect()
    } else {
        TIMES.iter().map(|times| Traffic::expected(spec, *times)).collect()
    };
    let bill = Bill {
        stack: spec.resolved_names().stack,
        region,
        is_measured: arguments.measured,
        event_bytes: traffics.first().map_or(0.0, |traffic| traffic.event_bytes),
        times: TIMES.to_vec(),
        estimate: estimate(spec, &traffics, prices),
    };
    match console.format {
        Format::Human => console.data(&cost_text(&bill, console.verbose))?,
        Format::Json => console.data(&cost_json(&bill).to_string())?,
    }
    let next = command_line("capacity", &arguments.spec, &global.target(), "");
    console.note(&format!("\n  next: {next}  # shows which limit comes first"));
    Ok(Exit::Done)
}

fn no_prices(region: &str, list: &Prices) -> Stop {
    let known: Vec<String> = list.regions().map(|region| format!("`{region}`")).collect();
    let message = format!("no prices for {region}: use --prices FILE");
    let help = format!("docs/cost.md describes the file; there are prices for {}", known.join(", "));
    Stop::Failure(Failure::failed(codes::ESTIMATE_NO_PRICES, message, help))
}
