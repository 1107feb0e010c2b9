use camino::Utf8PathBuf;
use clap::Args;
use jiff::Timestamp;
use processor::reason::Rejection;
use serde_json::{Map, Value, json};

use super::{Outcome, Stop};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::Origin;
use crate::pattern::Pattern;
use crate::report::{Console, Format, Verdict, verdicts_text};
use crate::source::{self, SpecTree};
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

/// Exits with 1 where a sample does not do what the spec expects; events given by hand only inform.
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
            let samples: Vec<Value> = verdicts.iter().map(entry).collect();
            console.data(&json!({"version": 1, "samples": samples}).to_string())?;
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

fn verdict(
    spec: &Spec,
    pattern: &Pattern,
    file: &str,
    expected: Option<bool>,
    event: &Map<String, Value>,
) -> Verdict {
    let mismatch = pattern.matches(&Value::Object(event.clone())).err();
    let matches = mismatch.is_none();
    let (row, refused) = match matches.then(|| forecast(&processor_config(spec), event, Timestamp::now())) {
        Some(Ok(row)) => (serde_json::from_str(&row.to_json()).ok(), None),
        Some(Err(Rejection { reason, message })) => {
            (None, Some(format!("the processor refuses it ({reason}): {message}")))
        }
        None => (None, None),
    };
    let reason = mismatch.map(|mismatch| format!("`{}` {}", mismatch.field, mismatch.reason)).or(refused);
    Verdict { file: file.to_owned(), matches, expected, row, reason, unreadable: false }
}

fn entry(verdict: &Verdict) -> Value {
    let mut entry = json!({"file": verdict.file, "matches": verdict.matches, "expected": verdict.expected});
    if let Some(row) = &verdict.row {
        entry["row"] = row.clone();
    }
    if let Some(reason) = &verdict.reason {
        entry["reason"] = reason.as_str().into();
    }
    entry
}
