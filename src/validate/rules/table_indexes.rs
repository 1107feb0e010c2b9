use std::collections::BTreeSet;

use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{Index, MOST_INDEXES, MOST_PROJECTED, STATUS_INDEX, Spec};
use crate::validate::attributes::{Attribute, Kind, attributes};
use crate::validate::contract::processor_config;
use crate::validate::suggest::nearest;

const INDEXES: &str = "/table/indexes";
/// Characters of an alarm's name (CloudWatch).
const LONGEST_ALARM: usize = 255;

/// errors for which DynamoDB would refuse the indexes during a deploy, or leave them empty forever.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let indexes = &spec.table.indexes;
    if indexes.is_empty() {
        return Vec::new();
    }
    let known = attributes(&processor_config(spec));
    let mut rule = Indexes { tree, known: &known, found: Vec::new() };
    for (number, index) in indexes.iter().enumerate() {
        rule.name(spec, &indexes[..number], number);
        rule.keys(number, index);
        rule.projection(number, index);
    }
    rule.quotas(spec);
    rule.found
}

struct Indexes<'a> {
    tree: &'a SpecTree,
    known: &'a [Attribute],
    found: Vec<Diagnostic>,
}

impl Indexes<'_> {
    fn report(&mut self, code: Code, pointer: &str, message: String, help: String) {
        let location = self.tree.value_location(pointer);
        self.found.push(Diagnostic::error(code, message).at(pointer, location).help(help));
    }

    fn name(&mut self, spec: &Spec, before: &[Index], number: usize) {
        let name = &spec.table.indexes[number].name;
        let mut alarms = spec.index_alarms().into_iter();
        let alarm = alarms.find(|(index, _)| index == name).map(|(_, alarm)| alarm);
        let message = if *name == STATUS_INDEX {
            format!("`{name}` is the name of the status index")
        } else if before.iter().any(|other| other.name == *name) {
            format!("two indexes have the name `{name}`")
        } else if let Some(alarm) = alarm.filter(|alarm| alarm.len() > LONGEST_ALARM) {
            format!(
                "the index's alarm would be called `{alarm}`: {} characters, but {LONGEST_ALARM} are allowed",
                alarm.len()
            )
        } else {
            return;
        };
        let pointer = format!("{INDEXES}/{number}/name");
        self.report(codes::TABLE_INDEX_NAME, &pointer, message, "give it another name".to_owned());
    }

    fn keys(&mut self, number: usize, index: &Index) {
        let keys = [("partition_key", Some(&index.partition_key)), ("sort_key", index.sort_key.as_ref())];
        for (field, key) in keys {
            let Some(key) = key else { continue };
            let pointer = format!("{INDEXES}/{number}/{field}");
            match self.known.iter().find(|one| one.name == *key) {
                None => self.unknown(&pointer, key, |one| one.kind != Kind::Any),
                Some(Attribute { kind: Kind::Any, .. }) => {
                    let message = format!(
                        "`{key}` is any JSON value, but a key of an index must be a string or a number"
                    );
                    let help =
                        "store the key's value under `event.attributes`, such as `customer: $.detail.customer.id`, and name that"
                            .to_owned();
                    self.report(codes::TABLE_INDEX_ATTRIBUTE, &pointer, message, help);
                }
                Some(_) => {}
            }
        }
        if index.sort_key.as_ref() == Some(&index.partition_key) {
            let message = format!("both keys of the index `{}` are `{}`", index.name, index.partition_key);
            let help = "remove `sort_key`, or name another attribute".to_owned();
            self.report(codes::TABLE_INDEX_ATTRIBUTE, &format!("{INDEXES}/{number}/sort_key"), message, help);
        }
    }

    fn projection(&mut self, number: usize, index: &Index) {
        let mut seen = BTreeSet::new();
        for (location, name) in index.project.attributes().iter().enumerate() {
            let pointer = format!("{INDEXES}/{number}/project/{location}");
            if !seen.insert(name) {
                let message = format!("the index `{}` projects `{name}` twice", index.name);
                self.report(codes::TABLE_INDEX_ATTRIBUTE, &pointer, message, "remove one".to_owned());
            } else if !self.known.iter().any(|one| one.name == *name) {
                self.unknown(&pointer, name, |_| true);
            }
        }
    }

    fn unknown(&mut self, pointer: &str, name: &str, fits: impl Fn(&Attribute) -> bool) {
        let known: Vec<&str> =
            self.known.iter().filter(|one| fits(one)).map(|one| one.name.as_str()).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "store it under `event.attributes`, such as `{name}: $.detail.{name}`; the others are `{}`",
                known.join("`, `")
            ),
        };
        let message = format!("rows have no attribute `{name}`");
        self.report(codes::TABLE_INDEX_ATTRIBUTE, pointer, message, help);
    }

    fn quotas(&mut self, spec: &Spec) {
        let table = &spec.table;
        let all = table.index_names().count();
        if all > MOST_INDEXES {
            let message = format!(
                "the table has {all} indexes including the status index, but DynamoDB allows {MOST_INDEXES}"
            );
            let help = "remove one, or write `status_index: off`".to_owned();
            self.report(codes::TABLE_TOO_MANY_INDEXES, INDEXES, message, help);
        }
        let projected: usize = table.indexes.iter().map(|index| index.project.attributes().len()).sum();
        if projected > MOST_PROJECTED {
            let message = format!(
                "the indexes name {projected} attributes under `project`, but DynamoDB allows {MOST_PROJECTED} over all indexes"
            );
            let help = "write `project: all` if most of a row is read".to_owned();
            self.report(codes::TABLE_TOO_MANY_INDEXES, INDEXES, message, help);
        }
    }
}
