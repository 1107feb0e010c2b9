//! The results of `pipectl test`.

use std::collections::BTreeMap;

use processor::json::{Json, canonical_map};

use super::verdict::verdict_text;
use super::{Case, CaseOutcome, Suite, Verdict, printable, style};
use crate::validate::{Expectation, Fate, Fault, Trial};

/// The results for one spec.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    pub spec: String,
    /// Samples, or events given by hand.
    pub verdicts: Vec<Verdict>,
    pub trials: Vec<Trial>,
}

impl Tried {
    #[must_use]
    pub fn is_as_expected(&self) -> bool {
        self.verdicts.iter().all(Verdict::is_as_expected) && self.trials.iter().all(Trial::has_passed)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty() && self.trials.is_empty()
    }
}

/// One block per event; with several specs, each below its name.
#[must_use]
pub fn tried_text(tried: &[Tried]) -> String {
    let mut blocks = Vec::new();
    for one in tried {
        if tried.len() > 1 {
            let none = if one.is_empty() { ": no samples and no tests" } else { "" };
            blocks.push(style::dim(&format!("{}{none}", printable(&one.spec))));
        }
        blocks.extend(one.verdicts.iter().map(verdict_text));
        blocks.extend(one.trials.iter().map(trial_text));
    }
    blocks.join("\n")
}

fn trial_text(trial: &Trial) -> String {
    let name = style::cyan(&printable(&trial.name));
    if trial.has_passed() {
        let words = match &trial.expectation {
            Expectation::Row(_) => "becomes the row of its test".to_owned(),
            Expectation::DeadLetter(reason) => {
                format!("becomes a dead letter ({reason}), as its test expects")
            }
            Expectation::Ignored => "is ignored, as its test expects".to_owned(),
        };
        return format!("{} {name} {words}", style::green("✓"));
    }
    let words = if trial.fate.is_ok() { "does not become what its test expects" } else { "cannot be used" };
    let lines: Vec<String> = lines(trial).iter().map(|line| format!("\n    {}", printable(line))).collect();
    format!("{} {name} {words}{}", style::red("✗"), lines.concat())
}

/// Differences from the expected result, one line each.
fn lines(trial: &Trial) -> Vec<String> {
    let of_file = trial.fate.as_ref().err().cloned();
    let of_faults =
        trial.faults.iter().flat_map(|fault| [fault.message.clone(), format!("  {}", fault.help)]);
    of_file.into_iter().chain(of_faults).collect()
}

/// The versioned document. Numbers of 38 digits are unchanged: a row serialises itself.
#[must_use]
pub fn tried_json(tried: &[Tried]) -> String {
    let mut samples = Vec::new();
    let mut tests = Vec::new();
    for Tried { spec, verdicts, trials } in tried {
        samples.extend(verdicts.iter().map(|verdict| canonical_map(&verdict_entry(spec, verdict))));
        tests.extend(trials.iter().map(|trial| canonical_map(&trial_entry(spec, trial))));
    }
    format!("{{\"samples\":[{}],\"tests\":[{}],\"version\":1}}", samples.join(","), tests.join(","))
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

fn entry<const N: usize>(fields: [(&str, Option<Json>); N]) -> BTreeMap<String, Json> {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn verdict_entry(spec: &str, verdict: &Verdict) -> BTreeMap<String, Json> {
    let rules = Json::List(verdict.rules.iter().map(|rule| text(rule)).collect());
    entry([
        ("spec", Some(text(spec))),
        ("file", Some(text(&verdict.file))),
        ("matches", Some(Json::Bool(verdict.matches))),
        ("rules", Some(rules).filter(|_| !verdict.rules.is_empty())),
        ("expected", Some(verdict.expected.map_or(Json::Null, Json::Bool))),
        ("row", verdict.row.clone().map(Json::Map)),
        ("reason", verdict.reason.as_deref().map(text)),
    ])
}

fn trial_entry(spec: &str, trial: &Trial) -> BTreeMap<String, Json> {
    let (name, expected) = match &trial.expectation {
        Expectation::Row(row) => ("row", Json::Map(row.clone())),
        Expectation::DeadLetter(reason) => ("dead_letter", text(reason.as_str())),
        Expectation::Ignored => ("ignored", Json::Bool(true)),
    };
    let row = match &trial.fate {
        Ok(Fate::Row(_, row)) => Some(Json::Map(row.clone())),
        _ => None,
    };
    let reason = match &trial.fate {
        Err(reason) => Some(reason.clone()),
        Ok(Fate::Ignored(reason)) => Some(reason.clone()),
        Ok(Fate::Refused(_, refused)) => {
            Some(format!("the processor rejects it ({}): {}", refused.reason, refused.message))
        }
        Ok(Fate::Row(..)) => None,
    };
    entry([
        ("spec", Some(text(spec))),
        ("file", Some(text(&trial.name))),
        (
            "index",
            Some(Json::Number(processor::number::Number::whole(i64::try_from(trial.index).unwrap_or(0)))),
        ),
        ("expects", Some(Json::Map(entry([(name, Some(expected))])))),
        ("passed", Some(Json::Bool(trial.has_passed()))),
        ("matches", Some(Json::Bool(matches!(trial.fate, Ok(Fate::Row(..) | Fate::Refused(..)))))),
        ("row", row),
        ("reason", reason.as_deref().map(text)),
        ("faults", Some(Json::List(trial.faults.iter().map(fault_entry).collect()))),
    ])
}

fn fault_entry(fault: &Fault) -> Json {
    let (expected, found) = fault.values.clone().unzip();
    Json::Map(entry([
        ("attribute", fault.attribute.as_deref().map(text)),
        ("message", Some(text(&fault.message))),
        ("help", Some(text(&fault.help))),
        ("expected", expected),
        ("found", found.flatten()),
    ]))
}

/// Each spec as a suite of tests, with unique names within it.
#[must_use]
pub fn tried_suites(tried: &[Tried]) -> Vec<Suite> {
    let suites = tried.iter().map(|tried| {
        let of_kind = |upto: usize, verdict: &Verdict| {
            tried.verdicts[..=upto].iter().filter(|other| other.expected == verdict.expected).count()
        };
        let samples = tried.verdicts.iter().enumerate();
        let samples = samples.map(|(index, verdict)| sample_case(of_kind(index, verdict), verdict));
        let trials = tried.trials.iter().map(trial_case);
        Suite { name: tried.spec.clone(), cases: samples.chain(trials).collect() }
    });
    suites.collect()
}

fn sample_case(number: usize, verdict: &Verdict) -> Case {
    let kind = match verdict.expected {
        Some(true) => "bus.samples.match",
        Some(false) => "bus.samples.ignore",
        None => "event",
    };
    let name = format!("{kind} {number}: {}", verdict.file);
    let reason = || verdict.reason.clone().unwrap_or_else(|| "the pattern matches it".to_owned());
    let outcome = match (verdict.is_as_expected(), verdict.unreadable) {
        (true, _) => CaseOutcome::Passed,
        (false, true) => CaseOutcome::Error("bus::unreadable-sample".to_owned(), reason(), reason()),
        (false, false) => CaseOutcome::Failed("sample".to_owned(), reason(), reason()),
    };
    Case { name, outcome }
}

fn trial_case(trial: &Trial) -> Case {
    let name = format!("tests {}: {}", trial.index + 1, trial.name);
    let lines = lines(trial);
    let first = lines.first().cloned().unwrap_or_default();
    let outcome = match (&trial.fate, trial.has_passed()) {
        (_, true) => CaseOutcome::Passed,
        (Err(_), _) => CaseOutcome::Error("tests::unreadable-event".to_owned(), first.clone(), first),
        _ => CaseOutcome::Failed("tests::failed".to_owned(), first, lines.join("\n")),
    };
    Case { name, outcome }
}
