use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;
use processor::json::{Json, canonical_map};
use processor::reason::Rejection;
use serde_json::Value;

use super::{Outcome, Stop};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::Origin;
use crate::report::{Console, Format, Verdict, verdicts_text};
use crate::source::{self, Event, SpecTree};
use crate::spec::Spec;
use crate::validate::{Patterns, forecast, processor_config, validate_but_for_samples};

/// Try events offline: does the pattern match, and which row will the processor write.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Try these events, one JSON file each or `-` for stdin, instead of the spec's samples.
    #[arg(long, value_name = "FILE")]
    event: Vec<Utf8PathBuf>,
}

/// Exits with 1 where a sample does not do what the spec expects, or an event given by hand matches and becomes no row.
pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let tree = source::read(&arguments.spec)?;
    let spec = validate_but_for_samples(&tree)?;
    let patterns = patterns(&spec)?;
    let verdicts = if arguments.event.is_empty() {
        samples(&spec, &tree, &patterns)
    } else {
        given(arguments, &spec, &patterns)?
    };
    match console.format {
        Format::Json => {
            // Numbers of 38 digits stay what they are: a row writes itself.
            let samples: Vec<String> =
                verdicts.iter().map(|verdict| canonical_map(&entry(verdict))).collect();
            console.data(&format!("{{\"samples\":[{}],\"version\":1}}", samples.join(",")))?;
        }
        Format::Human if verdicts.is_empty() => {
            console.note("no samples: name some under `bus.samples`, or try a file with `--event FILE`");
        }
        Format::Human => console.data(&verdicts_text(&verdicts))?,
    }
    Ok(if verdicts.iter().all(Verdict::is_as_expected) { Exit::Done } else { Exit::Failed })
}

/// The patterns were checked with the spec; a mistake here is one of ours.
fn patterns(spec: &Spec) -> Result<Patterns, Stop> {
    Patterns::of(spec).map_err(|mistakes| {
        let message = mistakes.into_iter().next().map(|mistake| mistake.message).unwrap_or_default();
        Stop::Failure(Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::BUS_WRONG_PATTERN, message)))
    })
}

fn samples(spec: &Spec, tree: &SpecTree, patterns: &Patterns) -> Vec<Verdict> {
    let samples = tree.samples().iter();
    samples
        .map(|sample| match &sample.event {
            Ok(event) => verdict(spec, patterns, (&sample.name, Some(sample.expected), sample.rule), event),
            Err(reason) => Verdict {
                file: sample.name.clone(),
                matches: false,
                rules: Vec::new(),
                expected: Some(sample.expected),
                row: None,
                reason: Some(reason.clone()),
                unreadable: true,
            },
        })
        .collect()
}

fn given(arguments: &Arguments, spec: &Spec, patterns: &Patterns) -> Result<Vec<Verdict>, Stop> {
    let files = arguments.event.iter();
    files
        .map(|path| {
            let event = source::event(path, Origin::Named).map_err(|reason| {
                Failure::failed(
                    codes::SEND_INVALID_EVENT,
                    format!("`{path}` is no event: {reason}"),
                    "give a JSON file with `source`, `detail-type` and `detail`",
                )
            })?;
            Ok(verdict(spec, patterns, (path.as_str(), None, None), &event))
        })
        .collect()
}

/// `only`: which of `bus.rules` the event is a sample of.
fn verdict(
    spec: &Spec,
    patterns: &Patterns,
    (file, expected, only): (&str, Option<bool>, Option<usize>),
    event: &Event,
) -> Verdict {
    let found = patterns.matching(&Value::Object(event.fields.clone()), only);
    let matches = found.is_ok();
    let (row, refused) = match matches.then(|| forecast(&processor_config(spec), event, Timestamp::now())) {
        Some(Ok(row)) => (Some(row.attributes), None),
        Some(Err(Rejection { reason, message })) => {
            (None, Some(format!("the processor refuses it ({reason}): {message}")))
        }
        None => (None, None),
    };
    let (rules, mismatch) = match found {
        Ok(rules) if patterns.are_several() => (rules.into_iter().map(str::to_owned).collect(), None),
        Ok(_) => (Vec::new(), None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let reason = mismatch.or(refused);
    Verdict { file: file.to_owned(), matches, rules, expected, row, reason, unreadable: false }
}

fn entry(verdict: &Verdict) -> BTreeMap<String, Json> {
    let text = |text: &String| Json::Text(text.clone());
    let rules = Json::List(verdict.rules.iter().map(text).collect());
    let fields = [
        ("file", Some(text(&verdict.file))),
        ("matches", Some(Json::Bool(verdict.matches))),
        ("rules", Some(rules).filter(|_| !verdict.rules.is_empty())),
        ("expected", Some(verdict.expected.map_or(Json::Null, Json::Bool))),
        ("row", verdict.row.clone().map(Json::Map)),
        ("reason", verdict.reason.as_ref().map(text)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
