//! The strict proxy itself: each of its rules is proved to answer as AWS does, and the proof fails without the rule.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use crate::cloud::Cloud;
use crate::strict::{RULES, Trial};

#[test]
fn every_rule_answers_as_aws_does_and_is_missed_when_it_is_off() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let front = cloud.front();
    let strictness = &front.strictness;
    strictness.complete.store(true, Ordering::Relaxed);
    let trial = Trial::new(&front);
    let only = std::env::var("RULE").ok();
    let mut wrong = Vec::new();
    for rule in RULES.iter().filter(|rule| only.as_ref().is_none_or(|only| rule.name == only)) {
        let proved = || catch_unwind(AssertUnwindSafe(|| (rule.proof)(&trial))).map_err(words);
        if let Err(words) = proved() {
            wrong.push(format!("{}: {words}", rule.name));
            continue;
        }
        let recorded = strictness
            .memory
            .lock()
            .expect("a lock")
            .breaches
            .drain(..)
            .any(|breach| breach.rule == rule.name);
        assert!(recorded, "{} is proved by something else", rule.name);
        strictness.off.lock().expect("a lock").insert(rule.name);
        strictness.memory.lock().expect("a lock").breaches.clear();
        if proved().is_ok() {
            wrong.push(format!("{}: nobody misses it", rule.name));
        }
        strictness.off.lock().expect("a lock").clear();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn words(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn every_rule_is_in_the_table_under_its_files_name_and_cites_its_source() {
    let files = std::fs::read_dir("tests/it/strict/rules").expect("the rules");
    let stems = files.map(|file| file.expect("a file").path());
    let stems: BTreeSet<String> = stems
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|stem| stem != "mod")
        .collect();
    let known: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!((known.len(), &known), (RULES.len(), &stems));
    for rule in RULES {
        assert!(rule.source.len() > 20, "{}", rule.name);
    }
}
