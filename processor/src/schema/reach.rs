//! Which paths a schema allows.

use std::collections::BTreeSet;

use super::Schema;
use super::compile::{Check, Compiled, Id};
use crate::path::Step;

impl Schema {
    /// Whether a detail that satisfies the schema can have a value at these steps. False only if the schema excludes it
    /// for certain: by another type, or by `false`, such as `additionalProperties: false`.
    #[must_use]
    pub fn can_hold(&self, steps: &[Step]) -> bool {
        let mut schemas = BTreeSet::from([0]);
        for step in steps {
            let all = self.compiled.that_all_hold(schemas);
            if all.iter().any(|id| self.compiled.shuts_out(*id, step)) {
                return false;
            }
            schemas = all.iter().flat_map(|id| self.compiled.of_part(*id, step)).collect();
        }
        let all = self.compiled.that_all_hold(schemas);
        !all.iter().any(|id| self.compiled.is_never(*id))
    }
}

impl Compiled {
    /// The schemas, and those that `$ref` and `allOf` add to them.
    fn that_all_hold(&self, schemas: BTreeSet<Id>) -> BTreeSet<Id> {
        let mut all = BTreeSet::new();
        let mut open = Vec::from_iter(schemas);
        while let Some(id) = open.pop() {
            if all.insert(id) {
                let rules = self.schemas[id].iter();
                let sure = rules.filter(|rule| matches!(rule.check, Check::Ref(_) | Check::All(_)));
                open.extend(sure.flat_map(|rule| rule.check.of_the_same_value()));
            }
        }
        all
    }

    fn is_never(&self, id: Id) -> bool {
        self.schemas[id].iter().any(|rule| matches!(rule.check, Check::Never))
    }

    fn shuts_out(&self, id: Id, step: &Step) -> bool {
        let holder = if matches!(step, Step::Name(_)) { "object" } else { "array" };
        let is_other = |check: &Check| {
            matches!(check, Check::Types(types) if !types.contains(&holder)) || matches!(check, Check::Never)
        };
        self.schemas[id].iter().any(|rule| is_other(&rule.check))
            || self.of_part(id, step).into_iter().any(|part| self.is_never(part))
    }

    /// The schemas that a schema applies to the part of a value at this step.
    fn of_part(&self, id: Id, step: &Step) -> Vec<Id> {
        let mut parts = Vec::new();
        for rule in &self.schemas[id] {
            match (&rule.check, step) {
                (Check::Named(named), Step::Name(name)) => parts.extend(named.get(name)),
                (Check::Matching(patterns), Step::Name(name)) => {
                    let matching = patterns.iter().filter(|(pattern, _)| pattern.is_match(name));
                    parts.extend(matching.map(|(_, schema)| *schema));
                }
                (Check::Others { named, matching, schema }, Step::Name(name)) => {
                    let is_other =
                        !named.contains(name) && !matching.iter().any(|pattern| pattern.is_match(name));
                    parts.extend(is_other.then_some(*schema));
                }
                (Check::First(schemas), Step::Item(index)) => parts.extend(schemas.get(*index)),
                (Check::Remaining(from, schema), Step::Item(index)) => {
                    parts.extend((index >= from).then_some(*schema))
                }
                _ => {}
            }
        }
        parts
    }
}
