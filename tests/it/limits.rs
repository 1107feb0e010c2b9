//! The limits of docs/limits.md: each rule cites those that its codes follow from, and `explain` leads to them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pipectl::diagnostic::CODES;

use crate::cloud::Cloud;

/// By heading, such as `X-7`: the codes that are checked because of it.
fn limits() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string("docs/limits.md").expect("the page");
    let mut limits: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut heading = None;
    for line in text.lines() {
        if line.starts_with('#') {
            heading = line.strip_prefix("### ").map(str::to_owned);
        }
        let codes = line.split('`').skip(1).step_by(2).filter(|word| word.contains("::"));
        for code in codes {
            let heading = heading.clone().unwrap_or_else(|| panic!("`{code}` is under no limit"));
            limits.entry(heading).or_default().insert(code.to_owned());
        }
        if let Some(heading) = &heading {
            limits.entry(heading.clone()).or_default();
        }
    }
    limits
}

/// The names of the limits in a text.
fn cited(text: &str) -> BTreeSet<String> {
    let after =
        text.split("X-").skip(1).map(|remainder| remainder.split(|sign: char| !sign.is_ascii_digit()).next());
    after.flatten().filter(|number| !number.is_empty()).map(|number| format!("X-{number}")).collect()
}

/// The names of the codes that the code of a rule uses, by their constants.
fn used(rule: &str) -> BTreeSet<String> {
    let table = std::fs::read_to_string("src/diagnostic/code.rs").expect("the table of codes");
    let named = |constant: &str| {
        let row = table.lines().find_map(|line| line.trim_start().strip_prefix(&format!("{constant} \"")));
        row.and_then(|row| row.strip_suffix('"')).unwrap_or_else(|| panic!("`{constant}`")).to_owned()
    };
    let constants =
        rule.split("codes::").skip(1).filter(|remainder| remainder.starts_with(char::is_uppercase));
    constants
        .map(|remainder| {
            named(
                remainder.split(|sign: char| sign != '_' && !sign.is_uppercase()).next().unwrap_or_default(),
            )
        })
        .collect()
}

#[test]
fn each_rule_cites_the_limits_of_its_codes_and_each_limit_has_its_codes() {
    let limits = limits();
    assert!(limits.len() > 20, "{limits:?}");
    for code in limits.values().flatten() {
        assert!(CODES.iter().any(|one| one.name == code), "docs/limits.md names `{code}`");
    }
    let mut checked = 0;
    for entry in std::fs::read_dir("src/validate/rules").expect("the rules") {
        let path = entry.expect("a rule").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let rule = text.split("#[cfg(test)]").next().unwrap_or_default();
        let (cited, used) = (cited(rule), used(rule));
        for limit in &cited {
            assert!(limits.contains_key(limit), "{} cites {limit}", path.display());
        }
        for (limit, codes) in limits.iter().filter(|(_, codes)| !codes.is_disjoint(&used)) {
            assert!(cited.contains(limit), "{} does not cite {limit} for {codes:?}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "{checked}");
    let templates = std::fs::read_to_string(Path::new("tests/it/construction.rs")).expect("text");
    for limit in cited(&templates) {
        assert!(limits.contains_key(&limit), "tests/it/construction.rs cites {limit}");
    }
}

#[test]
fn explain_leads_from_each_code_to_its_limit() {
    let cloud = Cloud::new();
    for (limit, codes) in limits() {
        for code in codes {
            let address = format!("/docs/limits.md#{}", limit.to_lowercase());
            let page = cloud.run(&["explain", &code]).succeeded().stdout;
            assert!(
                page.lines().any(|line| line.starts_with("limit ") && line.ends_with(&address)),
                "{page}"
            );
            let json = cloud.run(&["explain", &code, "--format", "json"]).succeeded().json();
            assert!(json["limit"].as_str().is_some_and(|limit| limit.ends_with(&address)), "{json}");
        }
    }
    let page = cloud.run(&["explain", "source::empty"]).succeeded().stdout;
    assert!(!page.contains("limits.md"), "{page}");
}
