//! Checks a value against a compiled schema, within a budget.

use std::collections::{BTreeSet, HashMap};

use super::Violation;
use super::compile::{Check, Compiled, Count, Id, Rule};
use crate::json::Json;
use crate::pointer::below;

/// Most steps for one event: some tens of milliseconds. A shipment takes some dozens, and an event of 1 MiB whose schema
/// covers every field takes some hundred thousand.
pub(super) const STEPS: u64 = 5_000_000;
/// Bytes of a text that count as one step, if they are only scanned.
const BYTES: u64 = 8;
/// Most results that are cached, so that a schema that calls itself twice does not repeat all work.
const MOST_KNOWN: usize = 100_000;

/// The first violation of the schema in `detail`.
pub(super) fn violation(compiled: &Compiled, detail: &Json) -> Option<Violation> {
    let mut run = Run { compiled, steps: STEPS, known: HashMap::new() };
    match run.check(0, detail, Location::Root) {
        Ok(()) => None,
        Err(Stop::Violated(violation)) => violation.map(|violation| *violation),
        Err(Stop::Exhausted) => Some(Violation::exhausted()),
    }
}

/// The state of one check of one event.
pub(super) struct Run<'a> {
    pub(super) compiled: &'a Compiled,
    steps: u64,
    /// Whether an object or list is valid, by schema and address.
    known: HashMap<(Id, usize), bool>,
}

/// Why a check ends early.
pub(super) enum Stop {
    /// `None` if the caller did not ask for the location.
    Violated(Option<Box<Violation>>),
    Exhausted,
}

/// The location of a value in the detail.
#[derive(Clone, Copy)]
pub(super) enum Location<'a> {
    /// Not needed: the caller only asks whether the value is valid.
    Nowhere,
    Root,
    Field(&'a Location<'a>, &'a str),
    Item(&'a Location<'a>, usize),
}

impl<'a> Location<'a> {
    fn is_asked(self) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Root => true,
            Self::Field(above, _) | Self::Item(above, _) => above.is_asked(),
        }
    }

    /// Its pointer. A name that the schema does not contain may be personal data.
    fn pointer(self, is_shown: &dyn Fn(&str) -> bool) -> String {
        match self {
            Self::Nowhere | Self::Root => String::new(),
            Self::Item(above, index) => format!("{}/{index}", above.pointer(is_shown)),
            Self::Field(above, name) if is_shown(name) => below(&above.pointer(is_shown), name),
            Self::Field(above, _) => above.pointer(is_shown) + "/*",
        }
    }
}

impl Run<'_> {
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(steps).ok_or(Stop::Exhausted)?;
        Ok(())
    }

    /// Whether the value is valid; does not report the location.
    pub(super) fn is_valid(&mut self, id: Id, value: &Json) -> Result<bool, Stop> {
        match self.check(id, value, Location::Nowhere) {
            Ok(()) => Ok(true),
            Err(Stop::Violated(_)) => Ok(false),
            Err(Stop::Exhausted) => Err(Stop::Exhausted),
        }
    }

    fn check(&mut self, id: Id, value: &Json, location: Location<'_>) -> Result<(), Stop> {
        self.spend(1)?;
        let compiled = self.compiled;
        compiled.schemas[id].iter().try_for_each(|rule| {
            self.spend(1)?;
            self.rule((id, rule), value, location)
        })
    }

    /// The violation of a rule by a value.
    fn violated(&self, rule: &Rule, location: Location<'_>, missing: Option<&str>) -> Stop {
        Stop::Violated(location.is_asked().then(|| {
            let names: &BTreeSet<String> = &self.compiled.names;
            let value = location.pointer(&|_| true);
            Box::new(Violation {
                pointer: location.pointer(&|name| names.contains(name)),
                location: missing.map_or_else(|| value.clone(), |name| below(&value, name)),
                keyword: Some(rule.keyword),
                missing: missing.map(str::to_owned),
            })
        }))
    }

    fn rule(&mut self, (id, rule): (Id, &Rule), value: &Json, location: Location<'_>) -> Result<(), Stop> {
        let holds = match &rule.check {
            Check::Never => false,
            Check::Values(values) => {
                let text = value.canonical();
                self.spend(text.len() as u64 / BYTES)?;
                values.contains(&text)
            }
            Check::Types(types) => types.iter().any(|name| is_of_type(value, name)),
            Check::Ref(schema) => return self.referred(*schema, value, location),
            Check::All(schemas) => {
                return schemas.iter().try_for_each(|schema| self.check(*schema, value, location));
            }
            Check::Any(schemas) => self.valid_among(schemas, value, 1)? > 0,
            Check::One(schemas) => self.valid_among(schemas, value, 2)? == 1,
            Check::Not(schema) => !self.is_valid(*schema, value)?,
            Check::If { condition, then, otherwise } => {
                let branch = if self.is_valid(*condition, value)? { then } else { otherwise };
                return branch.map_or(Ok(()), |schema| self.check(schema, value, location));
            }
            check => match value {
                Json::Map(_) => return self.object((id, rule), value, location),
                Json::List(_) => return self.list((id, rule), value, location),
                Json::Text(text) => self.text(check, text)?,
                Json::Number(number) => match check {
                    Check::Limit { limit, is_least, is_valid } => match number.cmp(limit) {
                        std::cmp::Ordering::Equal => *is_valid,
                        order => order.is_gt() == *is_least,
                    },
                    Check::MultipleOf(unit) => number.is_multiple_of(unit),
                    _ => true,
                },
                Json::Null | Json::Bool(_) => true,
            },
        };
        if holds { Ok(()) } else { Err(self.violated(rule, location, None)) }
    }

    /// The number of schemas that the value is valid for, counted up to `most`.
    fn valid_among(&mut self, schemas: &[Id], value: &Json, most: usize) -> Result<usize, Stop> {
        let mut valid = 0;
        for schema in schemas {
            valid += usize::from(self.is_valid(*schema, value)?);
            if valid == most {
                break;
            }
        }
        Ok(valid)
    }

    fn referred(&mut self, schema: Id, value: &Json, location: Location<'_>) -> Result<(), Stop> {
        if !matches!(value, Json::Map(_) | Json::List(_)) {
            return self.check(schema, value, location);
        }
        // Objects and lists are parts of the event, whose address does not change meanwhile.
        let key = (schema, std::ptr::from_ref(value).addr());
        match self.known.get(&key) {
            Some(true) => return Ok(()),
            Some(false) if !location.is_asked() => return Err(Stop::Violated(None)),
            _ => {}
        }
        let checked = self.check(schema, value, location);
        if self.known.len() < MOST_KNOWN && !matches!(checked, Err(Stop::Exhausted)) {
            self.known.insert(key, checked.is_ok());
        }
        checked
    }

    fn text(&mut self, check: &Check, text: &str) -> Result<bool, Stop> {
        let length = text.len() as u64;
        Ok(match check {
            Check::Length(count) => {
                self.spend(length / BYTES)?;
                count.holds(text.chars().count())
            }
            Check::Pattern(pattern) => {
                self.spend(length)?;
                pattern.is_match(text)
            }
            _ => true,
        })
    }

    fn list(&mut self, (id, rule): (Id, &Rule), value: &Json, location: Location<'_>) -> Result<(), Stop> {
        let Json::List(items) = value else { return Ok(()) };
        let each = |run: &mut Self, schema: Id, from: usize| {
            let mut items = items.iter().enumerate().skip(from);
            items.try_for_each(|(index, item)| run.check(schema, item, Location::Item(&location, index)))
        };
        let holds = match &rule.check {
            Check::Items(count) => count.holds(items.len()),
            Check::Unique => {
                let mut known = BTreeSet::new();
                for item in items {
                    let text = item.canonical();
                    self.spend(1 + text.len() as u64 / BYTES)?;
                    if !known.insert(text) {
                        return Err(self.violated(rule, location, None));
                    }
                }
                true
            }
            Check::First(schemas) => {
                let mut first = schemas.iter().zip(items).enumerate();
                return first.try_for_each(|(index, (schema, item))| {
                    self.check(*schema, item, Location::Item(&location, index))
                });
            }
            Check::Remaining(from, schema) => return each(self, *schema, *from),
            Check::Contains { schema, least, most } => {
                let mut found = 0;
                for item in items {
                    found += u64::from(self.is_valid(*schema, item)?);
                }
                found >= *least && most.is_none_or(|most| found <= most)
            }
            Check::UnevaluatedItems(schema) => {
                let seen = self.seen_items(id, value)?;
                for (index, item) in items.iter().enumerate().filter(|(index, _)| !seen.has(*index)) {
                    self.check(*schema, item, Location::Item(&location, index))?;
                }
                true
            }
            _ => true,
        };
        if holds { Ok(()) } else { Err(self.violated(rule, location, None)) }
    }

    fn object(&mut self, (id, rule): (Id, &Rule), value: &Json, location: Location<'_>) -> Result<(), Stop> {
        let Json::Map(fields) = value else { return Ok(()) };
        let absent = |names: &[String]| names.iter().find(|name| !fields.contains_key(*name)).cloned();
        match &rule.check {
            Check::Properties(count) if !count.holds(fields.len()) => {
                Err(self.violated(rule, location, None))
            }
            Check::Required(names) => {
                self.spend(names.len() as u64)?;
                absent(names).map_or(Ok(()), |name| Err(self.violated(rule, location, Some(&name))))
            }
            Check::DependentFields(dependent) => {
                for (_, names) in dependent.iter().filter(|(name, _)| fields.contains_key(*name)) {
                    self.spend(names.len() as u64)?;
                    if let Some(name) = absent(names) {
                        return Err(self.violated(rule, location, Some(&name)));
                    }
                }
                Ok(())
            }
            Check::DependentSchemas(dependent) => {
                let mut present = dependent.iter().filter(|(name, _)| fields.contains_key(*name));
                present.try_for_each(|(_, schema)| self.check(*schema, value, location))
            }
            Check::Named(named) => {
                self.spend(named.len() as u64)?;
                let mut present =
                    named.iter().filter_map(|(name, schema)| Some((name, schema, fields.get(name)?)));
                present.try_for_each(|(name, schema, value)| {
                    self.check(*schema, value, Location::Field(&location, name))
                })
            }
            Check::Names(schema) => fields.keys().try_for_each(|name| {
                self.check(*schema, &Json::Text(name.clone()), Location::Field(&location, name))
            }),
            Check::Matching(_) | Check::Others { .. } | Check::UnevaluatedFields(_) => {
                let seen = match &rule.check {
                    Check::UnevaluatedFields(_) => self.seen_fields(id, value)?,
                    _ => BTreeSet::new(),
                };
                for (name, value) in fields.iter().filter(|(name, _)| !seen.contains(name.as_str())) {
                    for schema in self.applied(&rule.check, name)? {
                        self.check(schema, value, Location::Field(&location, name))?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The schemas that one of these keywords applies to the field `name`.
    pub(super) fn applied(&mut self, check: &Check, name: &str) -> Result<Vec<Id>, Stop> {
        let length = 1 + name.len() as u64;
        Ok(match check {
            Check::Matching(patterns) => {
                self.spend(length * patterns.len() as u64)?;
                patterns
                    .iter()
                    .filter(|(pattern, _)| pattern.is_match(name))
                    .map(|(_, schema)| *schema)
                    .collect()
            }
            Check::Others { named, matching, schema } => {
                self.spend(length * (1 + matching.len() as u64))?;
                let is_other =
                    !named.contains(name) && !matching.iter().any(|pattern| pattern.is_match(name));
                Vec::from_iter(is_other.then_some(*schema))
            }
            Check::UnevaluatedFields(schema) => vec![*schema],
            _ => Vec::new(),
        })
    }
}

impl Count {
    fn holds(&self, count: usize) -> bool {
        match self {
            Self::AtLeast(least) => count as u64 >= *least,
            Self::AtMost(most) => count as u64 <= *most,
        }
    }
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match value {
        Json::Null => name == "null",
        Json::Bool(_) => name == "boolean",
        Json::Number(number) => name == "number" || (name == "integer" && number.is_whole()),
        Json::Text(_) => name == "string",
        Json::List(_) => name == "array",
        Json::Map(_) => name == "object",
    }
}
