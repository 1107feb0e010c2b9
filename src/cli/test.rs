use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use jiff::Timestamp;
use processor::config::Config;

use super::found::Found;
use super::own_code::deciding;
use super::specs::{Read, Specs, note_skipped};
use super::{Global, Outcome, OutputFormat, Stop};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::Origin;
use crate::report::{
    Case, CaseOutcome, Console, Format, Suite, Tried, Verdict, junit_xml, tried_json, tried_suites,
    tried_text,
};
use crate::source::{self, SampleEvent, SpecTree};
use crate::spec::Spec;
use crate::validate::{Fate, Patterns, fate, trials, validate_but_for_samples};

/// Test events offline: the samples and tests of specs, or events from files.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The specs, or folders of specs. If left out: every `*.yaml` and `*.yml` in `specs`.
    specs: Vec<Utf8PathBuf>,
    /// Test these events, one JSON file each or `-` for stdin, instead of the specs' samples and tests.
    #[arg(long, value_name = "FILE")]
    event: Vec<Utf8PathBuf>,
}

/// Exits with code 1 if a sample or a test does not do what the spec expects, if an event from a file matches but does not become
/// a row, or if code of the user's own cannot be built or cannot run here; with code 3 if a spec is wrong.
pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let (specs, skipped) = Specs::given("test", &arguments.specs)?.read();
    note_skipped(&skipped, console);
    // stdin can be read only once.
    let events = given(arguments)?;
    let mut tried = Vec::new();
    let mut suites = Vec::new();
    let (mut wrong, mut exit) = (Found::default(), Exit::Failed);
    for Read { path, tree, .. } in specs {
        match tree.and_then(|tree| one(&path, &tree, &events, console)) {
            Ok(one) => {
                suites.extend(tried_suites(std::slice::from_ref(&one)));
                tried.push(one);
            }
            Err(failure) => {
                suites.push(invalid(&path, &failure.diagnostics));
                // A spec that is wrong is the worse reason.
                exit = if exit == Exit::InvalidSpec { exit } else { failure.exit };
                wrong.add(failure.diagnostics, failure.sources);
            }
        }
    }
    let failure = (!wrong.diagnostics.is_empty()).then(|| Failure {
        exit,
        diagnostics: std::mem::take(&mut wrong.diagnostics),
        sources: wrong.sources,
    });
    match (global.format, console.format) {
        (OutputFormat::Junit, _) => console.file(&junit_xml(&suites))?,
        // The failure is itself a document.
        (_, Format::Json) if failure.is_some() => {}
        (_, Format::Json) => console.data(&tried_json(&tried))?,
        (_, Format::Human) if tried.iter().all(Tried::is_empty) => {
            if failure.is_none() {
                console.note("no samples and no tests: name some under `bus.samples` or `tests`, or try a file with `--event FILE`");
            }
        }
        (_, Format::Human) => console.data(&tried_text(&tried))?,
    }
    match failure {
        Some(failure) => Err(Stop::Failure(failure)),
        None if tried.iter().all(Tried::is_as_expected) => Ok(Exit::Done),
        None => Ok(Exit::Failed),
    }
}

/// Tests one spec, or the given events with it.
fn one(
    path: &Utf8Path,
    tree: &SpecTree,
    events: &[(String, SampleEvent)],
    console: &mut Console,
) -> Result<Tried, Failure> {
    let spec = validate_but_for_samples(tree)?;
    let patterns = patterns(&spec)?;
    let config = deciding(&spec, console)?;
    let now = Timestamp::now();
    let spec_name = path.to_string();
    if events.is_empty() {
        let verdicts = samples(&config, tree, &patterns);
        return Ok(Tried { spec: spec_name, verdicts, trials: trials(&config, &spec, tree, &patterns, now) });
    }
    let verdicts =
        events.iter().map(|(file, event)| verdict(&config, &patterns, (file, None, None), event)).collect();
    Ok(Tried { spec: spec_name, verdicts, trials: Vec::new() })
}

/// The result for a spec that could not be tested.
fn invalid(path: &Utf8Path, diagnostics: &[Diagnostic]) -> Suite {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).enumerate();
    let cases = errors.map(|(number, error)| Case {
        name: format!("spec {}: {}", number + 1, error.code),
        outcome: CaseOutcome::Error(error.code.to_string(), error.message.clone(), error.message.clone()),
    });
    Suite { name: path.to_string(), cases: cases.collect() }
}

/// Patterns are validated with the spec; an error here is a bug.
fn patterns(spec: &Spec) -> Result<Patterns, Failure> {
    Patterns::of(spec).map_err(|mistakes| {
        let message = mistakes.into_iter().next().map(|mistake| mistake.message).unwrap_or_default();
        Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::BUS_WRONG_PATTERN, message))
    })
}

fn samples(config: &Config, tree: &SpecTree, patterns: &Patterns) -> Vec<Verdict> {
    let samples = tree.samples().iter();
    samples
        .map(|sample| match &sample.event {
            Ok(event) => verdict(config, patterns, (&sample.name, Some(sample.expected), sample.rule), event),
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

fn given(arguments: &Arguments) -> Result<Vec<(String, SampleEvent)>, Stop> {
    let files = arguments.event.iter();
    files
        .map(|path| {
            let event = source::event(path, Origin::Named).map_err(|reason| {
                Failure::failed(
                    codes::SEND_INVALID_EVENT,
                    format!("`{path}` is not a valid event: {reason}"),
                    "give a JSON file with `source`, `detail-type` and `detail`",
                )
            })?;
            Ok((path.to_string(), event))
        })
        .collect()
}

/// `only`: the rule in `bus.rules` that the event is a sample of.
fn verdict(
    config: &Config,
    patterns: &Patterns,
    (file, expected, only): (&str, Option<bool>, Option<usize>),
    event: &SampleEvent,
) -> Verdict {
    let (rules, row, reason) = match fate(config, patterns, only, event, Timestamp::now()) {
        Fate::Ignored(reason) => (None, None, Some(reason)),
        Fate::Refused(rules, refused) => (
            Some(rules),
            None,
            Some(format!("the processor rejects it ({}): {}", refused.reason, refused.message)),
        ),
        Fate::Row(rules, row) => (Some(rules), Some(row), None),
    };
    let matches = rules.is_some();
    let rules = rules.filter(|_| patterns.are_several()).unwrap_or_default();
    Verdict { file: file.to_owned(), matches, rules, expected, row, reason, unreadable: false }
}
