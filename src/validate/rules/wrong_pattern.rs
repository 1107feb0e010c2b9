use crate::diagnostic::{Code, Diagnostic, codes};
use crate::pattern::{Mistake, Pattern};
use crate::source::SpecTree;
use crate::spec::Spec;

/// EventBridge refuses a pattern that is malformed or too complex, and drops every event for one that cannot match.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in spec.bus_rules() {
        let mut add = |code: Code, mistakes: &[Mistake], make: fn(Code, String) -> Diagnostic| {
            found.extend(mistakes.iter().map(|mistake| {
                let path = format!("{}{}", rule.pointer, mistake.pointer);
                let place = if mistake.on_key { tree.key_place(&path) } else { tree.mark(&path) };
                make(code, mistake.message.clone()).at(path, place).help(&mistake.help)
            }));
        };
        match Pattern::parse(rule.pattern) {
            Ok(pattern) => add(codes::BUS_PATTERN_COMPLEX, pattern.warnings(), Diagnostic::warning),
            Err(mistakes) => add(codes::BUS_WRONG_PATTERN, &mistakes, Diagnostic::error),
        }
    }
    found
}
