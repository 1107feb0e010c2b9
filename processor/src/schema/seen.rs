//! What `unevaluatedProperties` and `unevaluatedItems` skip: the parts that another keyword evaluated for the same value.

use std::collections::BTreeSet;

use super::compile::{Check, Id};
use super::run::{Run, Stop};
use crate::json::Json;

/// The evaluated items.
#[derive(Default)]
pub(super) struct Items {
    first: usize,
    all: bool,
    single: BTreeSet<usize>,
}

impl Items {
    pub(super) fn has(&self, index: usize) -> bool {
        self.all || index < self.first || self.single.contains(&index)
    }
}

impl Run<'_> {
    /// The fields that the schema's keywords evaluate, except by `unevaluatedProperties` itself.
    pub(super) fn seen_fields<'v>(&mut self, id: Id, value: &'v Json) -> Result<BTreeSet<&'v str>, Stop> {
        let mut seen = BTreeSet::new();
        self.fields(id, value, true, &mut seen)?;
        Ok(seen)
    }

    fn fields<'v>(
        &mut self,
        id: Id,
        value: &'v Json,
        is_first: bool,
        seen: &mut BTreeSet<&'v str>,
    ) -> Result<(), Stop> {
        let Json::Map(fields) = value else { return Ok(()) };
        let compiled = self.compiled;
        for rule in &compiled.schemas[id] {
            self.spend(1)?;
            match &rule.check {
                Check::Named(named) => {
                    self.spend(fields.len() as u64)?;
                    seen.extend(fields.keys().map(String::as_str).filter(|name| named.contains_key(*name)));
                }
                Check::UnevaluatedFields(_) if is_first => {}
                Check::Matching(_) | Check::Others { .. } | Check::UnevaluatedFields(_) => {
                    for name in fields.keys() {
                        if !self.applied(&rule.check, name)?.is_empty() {
                            seen.insert(name);
                        }
                    }
                }
                check => {
                    for next in self.that_apply(check, value)? {
                        self.fields(next, value, false, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The items that the schema's keywords evaluate, except by `unevaluatedItems` itself.
    pub(super) fn seen_items(&mut self, id: Id, value: &Json) -> Result<Items, Stop> {
        let mut seen = Items::default();
        self.items(id, value, true, &mut seen)?;
        Ok(seen)
    }

    fn items(&mut self, id: Id, value: &Json, is_first: bool, seen: &mut Items) -> Result<(), Stop> {
        let Json::List(items) = value else { return Ok(()) };
        let compiled = self.compiled;
        for rule in &compiled.schemas[id] {
            self.spend(1)?;
            match &rule.check {
                Check::First(schemas) => seen.first = seen.first.max(schemas.len()),
                Check::UnevaluatedItems(_) if is_first => {}
                Check::Remaining(..) | Check::UnevaluatedItems(_) => seen.all = true,
                Check::Contains { schema, .. } if compiled.contained_is_seen => {
                    for (index, item) in items.iter().enumerate() {
                        if self.is_valid(*schema, item)? {
                            seen.single.insert(index);
                        }
                    }
                }
                check => {
                    for next in self.that_apply(check, value)? {
                        self.items(next, value, false, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The schemas of the same value that are valid for it, and so evaluate its parts.
    fn that_apply(&mut self, check: &Check, value: &Json) -> Result<Vec<Id>, Stop> {
        let (candidates, are_valid) = match check {
            Check::Not(_) => return Ok(Vec::new()),
            Check::If { condition, then, otherwise } => {
                let holds = self.is_valid(*condition, value)?;
                let branch = if holds { then } else { otherwise };
                return Ok(holds.then_some(*condition).into_iter().chain(*branch).collect());
            }
            Check::DependentSchemas(dependent) => {
                let Json::Map(fields) = value else { return Ok(Vec::new()) };
                let present = dependent.iter().filter(|(name, _)| fields.contains_key(*name));
                (present.map(|(_, schema)| *schema).collect(), true)
            }
            // The value was valid for them before.
            Check::Ref(_) | Check::All(_) => (check.of_the_same_value(), true),
            other => (other.of_the_same_value(), false),
        };
        let mut applied = Vec::new();
        for schema in candidates {
            if are_valid || self.is_valid(schema, value)? {
                applied.push(schema);
            }
        }
        Ok(applied)
    }
}
