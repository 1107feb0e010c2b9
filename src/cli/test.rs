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
use crate::pattern::Pattern;
use crate::report::{Console, Format, Verdict, verdicts_text};
use crate::source::{self, Event, SpecTree};
use crate::spec::Spec;
use crate::validate::{forecast, processor_config, validate_but_for_samples};

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
    let pattern = pattern(&spec)?;
    let verdicts = if arguments.event.is_empty() {
        samples(&spec, &tree, &pattern)
    } else {
        given(arguments, &spec, &pattern)?
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

/// The pattern was checked with the spec; a mistake here is one of ours.
fn pattern(spec: &Spec) -> Result<Pattern, Stop> {
    Pattern::parse(&spec.bus.pattern).map_err(|mistakes| {
        let message = mistakes.into_iter().next().map(|mistake| mistake.message).unwrap_or_default();
        Stop::Failure(Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::BUS_WRONG_PATTERN, message)))
    })
}

fn samples(spec: &Spec, tree: &SpecTree, pattern: &Pattern) -> Vec<Verdict> {
    let samples = tree.samples().iter();
    samples
        .map(|sample| match &sample.event {
            Ok(event) => verdict(spec, pattern, &sample.name, Some(sample.expected), event),
            Err(reason) => Verdict {
                file: sample.name.clone(),
                matches: false,
                expected: Some(sample.expected),
                row: None,
                reason: Some(reason.clone()),
                unreadable: true,
            },
        })
        .collect()
}

fn given(arguments: &Arguments, spec: &Spec, pattern: &Pattern) -> Result<Vec<Verdict>, Stop> {
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
            Ok(verdict(spec, pattern, path.as_str(), None, &event))
        })
        .collect()
}

fn verdict(spec: &Spec, pattern: &Pattern, file: &str, expected: Option<bool>, event: &Event) -> Verdict {
    let mismatch = pattern.matches(&Value::Object(event.fields.clone())).err();
    let matches = mismatch.is_none();
    let (row, refused) = match matches.then(|| forecast(&processor_config(spec), event, Timestamp::now())) {
        Some(Ok(row)) => (Some(row.attributes), None),
        Some(Err(Rejection { reason, message })) => {
            (None, Some(format!("the processor refuses it ({reason}): {message}")))
        }
        None => (None, None),
    };
    let reason = mismatch.map(|mismatch| format!("`{}` {}", mismatch.field, mismatch.reason)).or(refused);
    Verdict { file: file.to_owned(), matches, expected, row, reason, unreadable: false }
}

fn entry(verdict: &Verdict) -> BTreeMap<String, Json> {
    let text = |text: &String| Json::Text(text.clone());
    let fields = [
        ("file", Some(text(&verdict.file))),
        ("matches", Some(Json::Bool(verdict.matches))),
        ("expected", Some(verdict.expected.map_or(Json::Null, Json::Bool))),
        ("row", verdict.row.clone().map(Json::Map)),
        ("reason", verdict.reason.as_ref().map(text)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
