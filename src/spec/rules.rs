//! The rules of the bus beside the first one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Retry, Samples, Spec};

/// Another pattern whose events go to the queue, with its own rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FurtherRule {
    /// The rule's suffix, after the name of the first rule: `<names.rule>-<name>`. If left out, its position in
    /// the list, from 2 on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 32), regex(pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"), example = &"returns", extend("$comment" = "it ends the rule's name, and is part of its logical id, which allows letters and digits"))]
    pub name: Option<String>,

    /// The EventBridge event pattern of the rule.
    #[schemars(
        extend("minProperties" = 1),
        example = serde_json::json!({"source": ["returns.service"]}),
        extend("$comment" = "an empty pattern matches nothing, and EventBridge refuses it")
    )]
    pub pattern: Map<String, Value>,

    /// Example events to test this pattern and the processor.
    #[serde(default)]
    pub samples: Samples,

    /// How long and how often EventBridge tries to deliver an event of this rule. If left out, as in `bus.retry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

/// A rule on the bus: that of `bus.pattern`, or one of `bus.rules`.
#[derive(Debug, Clone, PartialEq)]
pub struct BusRule<'a> {
    /// Distinguishes it from the first one, which has none.
    pub key: Option<String>,
    /// Its name on the bus.
    pub name: String,
    pub pattern: &'a Map<String, Value>,
    pub retry: &'a Retry,
    /// JSON pointer of its pattern.
    pub pointer: String,
}

impl BusRule<'_> {
    /// Its logical id in the stack's template, or that of another resource per rule: `Rule`, `RuleReturns`.
    #[must_use]
    pub fn logical_id(&self, base: &str) -> String {
        let words = self.key.iter().flat_map(|key| key.split('-'));
        let capital = |word: &str| {
            let mut characters = word.chars();
            characters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(characters).collect()
        };
        std::iter::once(base.to_owned()).chain(words.map(capital)).collect()
    }
}

impl Spec {
    /// All rules with the queue as their target, that of `bus.pattern` first.
    #[must_use]
    pub fn bus_rules(&self) -> Vec<BusRule<'_>> {
        let bus = &self.bus;
        let name = self.resolved_names().rule;
        let further = bus.rules.iter().enumerate().map(|(index, rule)| {
            let key = rule.name.clone().unwrap_or_else(|| (index + 2).to_string());
            BusRule {
                name: format!("{name}-{key}"),
                key: Some(key),
                pattern: &rule.pattern,
                retry: rule.retry.as_ref().unwrap_or(&bus.retry),
                pointer: format!("/bus/rules/{index}/pattern"),
            }
        });
        let first = BusRule {
            key: None,
            name: name.clone(),
            pattern: &bus.pattern,
            retry: &bus.retry,
            pointer: "/bus/pattern".to_owned(),
        };
        std::iter::once(first).chain(further).collect()
    }

    /// The sources of all patterns, if every pattern names its own in full.
    #[must_use]
    pub fn literal_sources(&self) -> Option<Vec<&str>> {
        let mut all = Vec::new();
        for rule in self.bus_rules() {
            for source in rule.pattern.get("source")?.as_array()? {
                all.push(source.as_str()?);
            }
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }
}
