use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::Spec;

/// EventBridge's limit for names of rules, in characters.
const LONGEST: usize = 64;

/// rules have names of their own, and one archive can hold the events of all of them.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    if spec.bus.rules.is_empty() {
        return Vec::new();
    }
    let rules = spec.bus_rules();
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate().skip(1) {
        let path = format!("/bus/rules/{}/name", index - 1);
        let id = rule.logical_id("Rule");
        // Names with the same logical id, such as `a-1` and `a1`, count as one.
        if let Some(other) = rules[..index].iter().position(|other| other.logical_id("Rule") == id) {
            let message = format!("two rules would be called `{}`", rule.name);
            let other = format!("/bus/rules/{}/name", other.saturating_sub(1));
            found.push(
                Diagnostic::error(codes::SPEC_NAME_TAKEN_TWICE, message)
                    .at(&path, tree.value_location(&path))
                    .related("the other", &other, tree.value_location(&other))
                    .help("give one of them another name, or leave it out"),
            );
        }
        if rule.name.len() > LONGEST {
            let message = format!(
                "the rule would be called `{}`: {} characters, but {LONGEST} are allowed",
                rule.name,
                rule.name.len()
            );
            found.push(
                Diagnostic::error(codes::SPEC_NAME_TOO_LONG, message)
                    .at(&path, tree.value_location(&path))
                    .help("shorten it, or give the first rule a shorter name: `names: {rule: …}`"),
            );
        }
    }
    found.extend(not_archived(spec, tree));
    found
}

/// The archive's pattern is made of all others.
fn not_archived(spec: &Spec, tree: &SpecTree) -> Option<Diagnostic> {
    spec.bus.archive.settings()?;
    // The errors of a single pattern are reported elsewhere.
    if spec.bus_rules().iter().any(|rule| Pattern::parse(rule.pattern).is_err()) {
        return None;
    }
    let archived = spec.archive_pattern();
    let quota = spec.deploy.quotas.event_pattern_characters as usize;
    let reason = match Pattern::parse(&archived) {
        Err(mistakes) => mistakes.into_iter().next()?.message,
        Ok(_) if Pattern::length(&archived) > quota => {
            format!("it would have {} characters, but the quota is {quota}", Pattern::length(&archived))
        }
        Ok(_) => return None,
    };
    let path = "/bus/rules";
    let message = format!("one archive pattern cannot cover the patterns of all rules: {reason}");
    let help =
        "name the senders in each pattern, such as `source: [returns.service]`, or write `archive: off`";
    Some(Diagnostic::error(codes::BUS_WRONG_PATTERN, message).at(path, tree.key_location(path)).help(help))
}
