use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::pattern::Pattern;
use crate::source::SpecTree;
use crate::spec::{BusRule, Spec};

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
        if let Some(other) = rules[1..index].iter().position(|other| other.logical_id("Rule") == id) {
            let earlier = &rules[other + 1].name;
            let message = if *earlier == rule.name {
                format!("two rules would be called `{}`", rule.name)
            } else {
                // Such as `a-1` and `a1`.
                format!("the rules `{earlier}` and `{}` would have one logical id, `{id}`", rule.name)
            };
            let other = format!("/bus/rules/{other}/name");
            found.push(
                Diagnostic::error(codes::SPEC_NAME_TAKEN_TWICE, message)
                    .at(&path, tree.value_location(&path))
                    .related("the other", &other, tree.value_location(&other))
                    .help("give one of them another name, or leave it out"),
            );
        }
        found.extend(too_long(rule, &path, tree));
    }
    found.extend(not_archived(spec, tree));
    found
}

/// A name of its own is added to the first rule's; a rule without one has its number there.
fn too_long(rule: &BusRule<'_>, path: &str, tree: &SpecTree) -> Option<Diagnostic> {
    let length = rule.name.len();
    if length <= LONGEST {
        return None;
    }
    let message =
        format!("the rule would be called `{}`: {length} characters, but {LONGEST} are allowed", rule.name);
    let shorter = "give the first rule a shorter name: `names: {rule: …}`";
    let help = if tree.has(path) { format!("shorten it, or {shorter}") } else { shorter.to_owned() };
    let first = if tree.has("/names/rule") { "/names/rule" } else { "/name" };
    let diagnostic = Diagnostic::error(codes::SPEC_NAME_TOO_LONG, message).help(help);
    Some(at_fields(diagnostic, tree, &[(path, ""), (first, "begins its name")]))
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
    let length = Pattern::length(&archived);
    let (reason, edit) = match Pattern::parse(&archived) {
        Err(mistakes) => (
            mistakes.into_iter().next()?.message,
            "name the senders in each pattern, such as `source: [returns.service]`",
        ),
        Ok(_) if length > quota => (
            format!("it would have {length} characters, but the quota is {quota}"),
            "shorten the lists of senders, or match them on a prefix",
        ),
        Ok(_) => return None,
    };
    let path = "/bus/rules";
    let message = format!("one archive pattern cannot cover the patterns of all rules: {reason}");
    let help = format!("{edit}, or write `archive: off`");
    Some(Diagnostic::error(codes::BUS_WRONG_PATTERN, message).at(path, tree.key_location(path)).help(help))
}
