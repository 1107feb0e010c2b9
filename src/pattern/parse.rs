use serde_json::{Map, Value};

use super::crowded::crowded;
use super::envelope::{self, Kind};
use super::leaf::{self, Leaf};
use super::text::{self, step};
use super::{Mistake, Pattern, misplaced, operator};

/// The highest value, in characters of compact JSON, to which AWS raises the quota on a pattern.
const LONGEST: usize = 4_096;

/// Patterns with more characters are only reported as too long: each mistake names the keys above it, which may be most
/// of the text.
const READ: usize = 16 * LONGEST;

/// The most combinations of `$or` alternatives that the service accepts.
const COMBINATIONS: usize = 1_000;

/// The limit of serde_json; a deeper value was not parsed from text.
const DEEPEST: usize = 128;

/// The location of a map in the pattern.
#[derive(Clone, Copy)]
struct Location<'a> {
    pointer: &'a str,
    /// Names from the event's root; `$or` adds none.
    path: &'a [String],
    under_or: bool,
    depth: usize,
}

/// Each branch is a way to match: the leaves, by index, that must all match.
type Branches = Vec<Vec<usize>>;

#[derive(Default)]
struct Parser {
    leaves: Vec<Leaf>,
    pointers: Vec<String>,
    mistakes: Vec<Mistake>,
    /// The documented measure: the lengths of all `$or` lists, multiplied.
    combinations: usize,
    too_many: bool,
}

pub(super) fn parse(pattern: &Map<String, Value>) -> Result<Pattern, Vec<Mistake>> {
    let mut parser = Parser { combinations: 1, ..Parser::default() };
    let length = text::length(pattern);
    if length > LONGEST {
        let message =
            format!("the pattern has {length} characters as compact JSON, and AWS allows {LONGEST} at most");
        parser.add_mistake("", message, "shorten the lists, or match on a prefix or a wildcard");
        if length > READ {
            return Err(parser.mistakes);
        }
    }
    let location = Location { pointer: "", path: &[], under_or: false, depth: 0 };
    let branches = parser.map(pattern, location);
    let crowded = crowded(&parser.leaves, &parser.pointers, &branches);
    parser.mistakes.extend(crowded.mistakes);
    match parser.mistakes.is_empty() {
        true => Ok(Pattern { leaves: parser.leaves, branches, warnings: crowded.warnings }),
        false => Err(parser.mistakes),
    }
}

impl Parser {
    fn add_mistake(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        let (pointer, message, help) = (pointer.to_owned(), message.into(), help.into());
        self.mistakes.push(Mistake { pointer, on_key: false, message, help });
    }

    fn add_mistake_of_key(&mut self, pointer: &str, message: impl Into<String>, help: impl Into<String>) {
        self.add_mistake(pointer, message, help);
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.on_key = true;
        }
    }

    fn map(&mut self, map: &Map<String, Value>, location: Location<'_>) -> Branches {
        if map.is_empty() {
            let help = match location.path {
                [] => "name a field, such as `source: [\"shop.orders\"]`",
                _ => "name a field, or write `[{\"exists\": true}]` for any value",
            };
            self.add_mistake(location.pointer, "an empty map matches nothing", help);
        }
        if location.depth > DEEPEST {
            self.add_mistake(
                location.pointer,
                format!("the pattern has more than {DEEPEST} nested maps"),
                "flatten it",
            );
            return vec![Vec::new()];
        }
        let mut branches = vec![Vec::new()];
        for (name, value) in map {
            let pointer = step(location.pointer, name);
            let found = match name.as_str() {
                "$or" => self.either(value, Location { pointer: &pointer, ..location }),
                _ => self.field(name, value, Location { pointer: &pointer, ..location }),
            };
            branches = self.both(branches, &found, &pointer);
        }
        branches
    }

    /// `$or`: the branches of every map in its list.
    fn either(&mut self, value: &Value, location: Location<'_>) -> Branches {
        let example =
            "write a list of two or more maps, such as `[{\"source\": [\"a\"]}, {\"source\": [\"b\"]}]`";
        let Value::Array(list) = value else {
            self.add_mistake(location.pointer, "`$or` takes a list of maps", example);
            return vec![Vec::new()];
        };
        if let [_] | [] = list.as_slice() {
            let message = format!("`$or` needs at least two maps, but has {}", list.len());
            let help = match list.is_empty() {
                true => example,
                false => "add another map, or move the fields out of `$or`",
            };
            self.add_mistake(location.pointer, message, help);
        }
        self.combinations = self.combinations.saturating_mul(list.len().max(1));
        if self.combinations > COMBINATIONS {
            self.refuse_combinations(location.pointer);
        }
        let mut branches = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let pointer = step(location.pointer, &index.to_string());
            match item {
                Value::Object(map) => {
                    let location =
                        Location { pointer: &pointer, under_or: true, depth: location.depth + 1, ..location };
                    branches.extend(self.map(map, location));
                }
                other => {
                    let message = format!("`$or` takes maps, not `{}`", text::brief(&other.to_string()));
                    self.add_mistake(
                        &pointer,
                        message,
                        "write a map of fields, such as `{\"source\": [\"a\"]}`",
                    );
                }
            }
        }
        if branches.is_empty() { vec![Vec::new()] } else { branches }
    }

    fn field(&mut self, name: &str, value: &Value, location: Location<'_>) -> Branches {
        let none = vec![Vec::new()];
        if location.under_or && misplaced::RESERVED.contains(&name) {
            let message = format!("EventBridge allows no field named `{name}` under `$or`");
            let help = match operator::NAMES.contains(&name) {
                true => format!("name the field and put the operator in its list: `[{{\"{name}\": ..}}]`"),
                false => "move the field out of `$or`".to_owned(),
            };
            self.add_mistake_of_key(location.pointer, message, help);
            return none;
        }
        // EventBridge joins names with dots: `detail.status` is a field of the detail.
        let on_top = location.path.is_empty() && !name.starts_with("detail.");
        let kind = match envelope::kind(name) {
            _ if !on_top => Some(Kind::Detail),
            Some(kind) => Some(kind),
            None if leaf::wants_absence(value) => None,
            None => {
                self.unknown(name, location.pointer);
                return none;
            }
        };
        let path: Vec<String> = location.path.iter().cloned().chain([name.to_owned()]).collect();
        match value {
            Value::Object(map) if kind == Some(Kind::Detail) => match misplaced::operators(map) {
                Some(list) if path.len() > 1 || !on_top => {
                    self.add_mistake(
                        location.pointer,
                        "operators must be in a list",
                        format!("write `{list}`"),
                    );
                    none
                }
                _ => self.map(map, below(location, &path)),
            },
            Value::Object(map) => {
                let noun = if kind == Some(Kind::Texts) { "a list of strings" } else { "a string" };
                let message = format!("`{name}` is {noun} in every event and has no fields");
                let help = match misplaced::operators(map) {
                    Some(list) => format!("write `{list}`"),
                    None => "write a list of the values to match".to_owned(),
                };
                self.add_mistake(location.pointer, message, help);
                none
            }
            Value::Array(_) if on_top && kind == Some(Kind::Detail) => {
                let help = "write a map of the event's own fields, such as `{\"status\": [\"shipped\"]}`";
                self.add_mistake(location.pointer, "`detail` is a map in every event, not a value", help);
                none
            }
            Value::Array(list) => {
                let kind = kind.filter(|_| on_top);
                let Some(read) = leaf::parse(&path, list, kind, location.pointer, &mut self.mistakes) else {
                    return none;
                };
                self.leaves.push(read);
                self.pointers.push(location.pointer.to_owned());
                vec![vec![self.leaves.len() - 1]]
            }
            scalar => {
                let shown = text::brief(&scalar.to_string());
                let help = match kind {
                    Some(Kind::Detail) if on_top => "write a map of the event's own fields".to_owned(),
                    _ => format!("write `[{shown}]`"),
                };
                self.add_mistake(
                    location.pointer,
                    format!("`{name}` must be a list of the values to match"),
                    help,
                );
                none
            }
        }
    }

    fn unknown(&mut self, name: &str, pointer: &str) {
        let shown = text::brief(name);
        let message = format!("no event has a field `{shown}` next to `detail`, so nothing matches");
        let help = match envelope::intended_field(name) {
            Some(suggestion) => format!("write `{suggestion}`"),
            None => format!("move `{shown}` into `detail`"),
        };
        self.add_mistake_of_key(pointer, message, help);
    }

    /// Combines every branch of one with every branch of the other.
    fn both(&mut self, left: Branches, right: &Branches, pointer: &str) -> Branches {
        if left.len().saturating_mul(right.len()) > COMBINATIONS {
            self.refuse_combinations(pointer);
            return left;
        }
        let mut twice = Vec::new();
        let mut branches = Vec::new();
        for first in &left {
            for second in right {
                twice.extend(self.repeated(first, second));
                branches.push(first.iter().chain(second).copied().collect());
            }
        }
        twice.sort_unstable();
        twice.dedup();
        for index in twice {
            let Some((leaf, pointer)) = self.leaves.get(index).zip(self.pointers.get(index)) else {
                continue;
            };
            let message = format!(
                "`{}` is named twice for one event, but EventBridge uses only one of the two",
                text::brief(&leaf.dotted)
            );
            let pointer = pointer.clone();
            self.add_mistake_of_key(&pointer, message, "name the field in one of the two places");
        }
        branches
    }

    /// The leaves of `second` whose field is also in `first`: the engine would ignore one of the two.
    fn repeated(&self, first: &[usize], second: &[usize]) -> Vec<usize> {
        let named = |index: &usize| self.leaves.get(*index).map(|leaf| leaf.dotted.as_str());
        second
            .iter()
            .filter(|index| {
                named(index).is_some_and(|name| first.iter().any(|other| named(other) == Some(name)))
            })
            .copied()
            .collect()
    }

    fn refuse_combinations(&mut self, pointer: &str) {
        if std::mem::replace(&mut self.too_many, true) {
            return;
        }
        let message = format!("the `$or` lists make more than {COMBINATIONS} combinations");
        self.add_mistake(pointer, message, "list the values of one field in one list instead of in `$or`");
    }
}

fn below<'a>(location: Location<'a>, path: &'a [String]) -> Location<'a> {
    Location { path, depth: location.depth + 1, ..location }
}
