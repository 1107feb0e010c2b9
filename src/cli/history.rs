use camino::Utf8PathBuf;
use clap::Args;
use serde_json::{Value, json};

use super::rollback::warn_of_skipped;
use super::{Global, Outcome, runtime, spec};
use crate::deploy::{Checkout, Evidence, Past, Record, past};
use crate::diagnostic::Exit;
use crate::report::{Console, Format, HistoryLine, history_text};

/// Show who changed what and when: all applies, including failed ones, and every other change of the stack or
/// its messages.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// How many entries to show, newest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    runtime::run(global, async {
        let session = runtime::session(global, &arguments.spec, checked.spec(), console).await?;
        let past = past(&session, arguments.limit.into()).await?;
        warn_of_skipped(&past.skipped, console);
        if console.format == Format::Json {
            console.data(&document(&session.names.stack, &past).to_string())?;
            return Ok(Exit::Done);
        }
        let Past { records, evidence, .. } = &past;
        if records.is_empty() && evidence.is_empty() {
            let apply = session.command("apply", "");
            console.note(&format!("  {} was never applied\n\n  next: {apply}", session.names.stack));
            return Ok(Exit::Done);
        }
        let lines = lines(records, evidence, arguments.limit.into());
        console.data(&history_text(&lines, console.columns()))?;
        if records.len() > 1 {
            let rollback = session.command("rollback", "--to 1");
            console.note(&format!("\n  next: {rollback}  # goes back to the previous version"));
        }
        Ok(Exit::Done)
    })
}

/// The evidence, and the two lists of it that have always been separate.
fn document(stack: &str, past: &Past) -> Value {
    let Past { records, evidence, skipped } = past;
    let applies = records.iter().enumerate().map(|(back, record)| {
        json!({
            "back": back, "at": record.at, "by": record.by, "spec": record.spec, "spec_digest": record.spec_digest,
            "git": record.git, "result": record.result, "changes": record.changes, "pipectl": record.pipectl,
            "artifact": record.content.parameters.get("ArtifactKey"),
        })
    });
    let applies: Vec<Value> = applies.collect();
    let operations: Vec<&Evidence> = evidence.iter().filter(|evidence| !evidence.queue.is_empty()).collect();
    let skipped: Vec<Value> = skipped
        .iter()
        .map(|one| json!({"key": one.key, "version": one.version, "damaged": one.restore.is_some()}))
        .collect();
    json!({
        "version": 1, "stack": stack, "evidence": evidence, "applies": applies, "operations": operations,
        "skipped": skipped,
    })
}

/// All entries by time, the newest first. The result of an apply is in its record.
fn lines(records: &[Record], evidence: &[Evidence], most: usize) -> Vec<HistoryLine> {
    let applies = records.iter().enumerate().map(|(back, record)| {
        let what = format!("{}: {}{}", record.result, record.changes, from(record.git.as_ref()));
        let line = HistoryLine { back: Some(back), at: record.moment(), by: record.by.clone(), what };
        (record.at.clone(), line)
    });
    let others = evidence.iter().filter(|evidence| evidence.record.is_none()).map(|evidence| {
        let line =
            HistoryLine { back: None, at: evidence.moment(), by: evidence.by.clone(), what: what(evidence) };
        (evidence.at.clone(), line)
    });
    let mut all: Vec<(String, HistoryLine)> = applies.chain(others).collect();
    all.sort_by(|(one, _), (other, _)| other.cmp(one));
    all.into_iter().map(|(_, line)| line).take(most).collect()
}

fn from(git: Option<&Checkout>) -> String {
    git.map(|git| format!(", from {}", git.short())).unwrap_or_default()
}

/// Digits of a full digest.
const SHA256: usize = 64;
/// Digits of a digest that are shown; `--format json` has all of them.
const DIGITS: usize = 12;

/// The text, with its digests shortened.
fn brief(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut remainder = text;
    while !remainder.is_empty() {
        let digits =
            remainder.find(|character: char| !character.is_ascii_hexdigit()).unwrap_or(remainder.len());
        let shown = if digits == SHA256 { DIGITS } else { digits };
        short.push_str(&remainder[..shown]);
        let next = remainder[digits..].chars().next();
        short.extend(next);
        remainder = &remainder[digits + next.map_or(0, char::len_utf8)..];
    }
    short
}

fn what(evidence: &Evidence) -> String {
    let Evidence { operation, queue, chosen, .. } = evidence;
    let chosen = &brief(chosen);
    let chosen = if chosen.is_empty() { String::new() } else { format!(" {chosen}") };
    if queue.is_empty() {
        let ended = match &evidence.outcome {
            _ if evidence.ended.is_none() => "interrupted, or still running".to_owned(),
            Some(outcome) => match &outcome.code {
                Some(code) => format!("{}, {code}", outcome.result),
                None => outcome.result.clone(),
            },
            None => "ended".to_owned(),
        };
        return format!("{operation}{chosen}: {ended}{}", from(evidence.git.as_ref()));
    }
    let (sent, deleted) = (evidence.sent.unwrap_or_default(), evidence.deleted.unwrap_or_default());
    let ended = match (&evidence.ended, evidence.complete) {
        (None, _) => ", interrupted, or still running",
        (Some(_), false) => ", incomplete",
        (Some(_), true) => "",
    };
    if operation == "replay" {
        return format!("replay{chosen}: {sent} messages processed, from {queue}{ended}");
    }
    let command =
        if ["redrive", "edit", "import", "purge"].contains(&operation.as_str()) { "dlq " } else { "" };
    format!("{command}{operation}{chosen}: {sent} sent, {deleted} removed from {queue}{ended}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(fields: Value) -> String {
        let mut evidence = json!({
            "version": 1, "at": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:00Z", "by": "arn", "spec": "s.yaml",
            "pipectl": "0.1.0", "operation": "destroy", "complete": true,
        });
        let fields = fields.as_object().cloned().unwrap_or_default();
        evidence.as_object_mut().expect("an object").extend(fields);
        what(&serde_json::from_value(evidence).expect("a deed"))
    }

    #[test]
    fn a_line_shows_how_the_command_ended() {
        let git = json!({"commit": "0123456789abcdef", "dirty": true});
        assert_eq!(
            line_of(json!({"outcome": {"result": "destroyed"}, "git": git})),
            "destroy: destroyed, from 01234567 with uncommitted changes"
        );
        let failed =
            json!({"result": "failed", "exit": 1, "code": "stack::operation-failed", "message": "m"});
        assert_eq!(
            line_of(json!({"operation": "apply", "outcome": failed})),
            "apply: failed, stack::operation-failed"
        );
        assert_eq!(line_of(json!({"ended": null})), "destroy: interrupted, or still running");
        let code = json!({"operation": "apply --code-only", "outcome": {"result": "code changed"},
            "chosen": format!("processor/{}.zip", "0123456789abcdef".repeat(4))});
        assert_eq!(line_of(code), "apply --code-only processor/0123456789ab.zip: code changed");
        let moved = json!({"operation": "redrive", "queue": "q", "chosen": "--all", "sent": 2, "deleted": 2});
        assert_eq!(line_of(moved), "dlq redrive --all: 2 sent, 2 removed from q");
        let digest = "0123456789abcdef".repeat(4);
        for (operation, chosen, shown) in [
            ("erase", format!("--key sha256:{digest}"), "erase --key sha256:0123456789ab: 0"),
            ("redrive", "--message decafbad-é".to_owned(), "dlq redrive --message decafbad-é: 0"),
        ] {
            let line = line_of(json!({"operation": operation, "queue": "q", "chosen": chosen}));
            assert!(line.starts_with(shown), "{line}");
        }
        let cut = json!({"operation": "erase", "queue": "q", "sent": 0, "deleted": 1, "ended": null});
        assert_eq!(line_of(cut), "erase: 0 sent, 1 removed from q, interrupted, or still running");
    }
}
