//! All patterns of a spec, and which of them an event matches.

use serde_json::Value;

use crate::pattern::{Mistake, Pattern};
use crate::spec::Spec;

/// Most patterns that a reason names.
const SHOWN: usize = 3;

/// The patterns of a spec, each with the name of its rule.
#[derive(Debug)]
pub struct Patterns {
    rules: Vec<(String, Pattern)>,
}

impl Patterns {
    /// Parses the patterns of all rules.
    ///
    /// # Errors
    /// The mistakes of the first invalid one.
    pub fn of(spec: &Spec) -> Result<Self, Vec<Mistake>> {
        let mut rules = Vec::new();
        for rule in spec.bus_rules() {
            rules.push((rule.name, Pattern::parse(rule.pattern)?));
        }
        Ok(Self { rules })
    }

    /// Whether there is more than one.
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.rules.len() > 1
    }

    /// The rules whose patterns match an event, by name. `only`: the index of the one rule of `bus.rules` that counts.
    ///
    /// # Errors
    /// Why none does.
    pub fn matching(&self, event: &Value, only: Option<usize>) -> Result<Vec<&str>, String> {
        let chosen = |index: usize| only.is_none_or(|only| only + 1 == index);
        let (mut matching, mut reasons) = (Vec::new(), Vec::new());
        for (_, (name, pattern)) in self.rules.iter().enumerate().filter(|(index, _)| chosen(*index)) {
            match pattern.matches(event) {
                Ok(()) => matching.push(name.as_str()),
                Err(mismatch) => reasons.push((name, format!("`{}` {}", mismatch.field, mismatch.reason))),
            }
        }
        match reasons.as_slice() {
            _ if !matching.is_empty() => Ok(matching),
            [(_, reason)] => Err(reason.clone()),
            all => {
                let shown = all.iter().take(SHOWN).map(|(name, reason)| format!("`{name}`: {reason}"));
                let mut shown: Vec<String> = shown.collect();
                if all.len() > SHOWN {
                    shown.push(format!("and {} more", all.len() - SHOWN));
                }
                Err(shown.join("; "))
            }
        }
    }
}
