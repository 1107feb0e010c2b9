//! Every breach of a test run, one JSON object per line in cargo's target folder.

use std::io::Write as _;

use serde_json::json;

use super::memory::Breach;
use crate::tools::target;

/// `enforced`: false if the rule only records.
pub(crate) fn record(test: &str, breach: &Breach) {
    let Breach { rule, call, words, enforced } = breach;
    let line = json!({"test": test, "rule": rule, "call": call, "words": words, "enforced": enforced});
    let file = std::fs::OpenOptions::new().create(true).append(true).open(target("breaches.jsonl"));
    // One write per line: tests of one process share the file.
    let _best_effort = file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
}
