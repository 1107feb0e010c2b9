//! What the schema says about one field, for people.

use serde_json::Value;

use super::dialect::Dialect;
use super::schema::{SCHEMA, SHOWN};

/// The schema's information about one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub description: String,
    /// Type, range or values.
    pub takes: Option<String>,
    pub default: Option<String>,
    pub example: Option<String>,
}

/// The field with a dotted name such as `queue.retention_days`.
#[must_use]
pub fn field(name: &str) -> Option<Field> {
    field_at(&format!("/{}", name.replace('.', "/")))
}

/// The field with a JSON pointer such as `/queue/retention_days`.
#[must_use]
pub fn field_at(pointer: &str) -> Option<Field> {
    let dialect = Dialect::new(&SCHEMA.value);
    let found = dialect.at(pointer)?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    Some(Field {
        description: dialect.description(pointer)?.to_owned(),
        takes: dialect.takes(pointer),
        default: found.get("default").map(text),
        example: dialect.example(pointer).map(text),
    })
}

/// Whether the value at a JSON pointer is always a list.
#[must_use]
pub fn is_list(pointer: &str) -> bool {
    Dialect::new(&SCHEMA.value).is_always_list(pointer)
}

/// A key that a map of a spec may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub name: String,
    pub description: String,
    pub takes: Option<String>,
    /// Its value is a map with keys of its own, and nothing else.
    pub is_section: bool,
}

/// The keys of the map at a JSON pointer.
#[must_use]
pub fn keys(pointer: &str) -> Vec<Key> {
    let dialect = Dialect::new(&SHOWN);
    let names = dialect.keys(pointer).into_iter();
    names
        .map(|name| {
            let pointer = format!("{pointer}/{name}");
            Key {
                name: name.to_owned(),
                description: dialect.hover(&pointer).unwrap_or_default().to_owned(),
                takes: dialect.takes(&pointer),
                is_section: !dialect.keys(&pointer).is_empty()
                    && dialect.options(&pointer).is_empty()
                    && !dialect.is_list(&pointer),
            }
        })
        .collect()
}

/// The values that a field accepts, if it accepts only some, each with its meaning.
#[must_use]
pub fn values(pointer: &str) -> Vec<(String, Option<String>)> {
    let dialect = Dialect::new(&SCHEMA.value);
    let numbers = dialect.numbers(pointer).into_iter().map(|number| (number.to_string(), None));
    let options = dialect.options(pointer).into_iter();
    let described =
        options.map(|option| (option.to_owned(), dialect.meaning(pointer, option).map(ToOwned::to_owned)));
    let mut values: Vec<(String, Option<String>)> = numbers.chain(described).collect();
    if dialect.is_boolean(pointer) {
        values.extend(["true", "false"].map(|word| (word.to_owned(), None)));
    }
    values
}

/// The dotted names of all fields.
#[must_use]
pub fn fields() -> Vec<String> {
    let dialect = Dialect::new(&SCHEMA.value);
    let mut names = Vec::new();
    collect(&dialect, "", &mut names);
    names
}

fn collect(dialect: &Dialect<'_>, pointer: &str, names: &mut Vec<String>) {
    for key in dialect.keys(pointer) {
        let pointer = format!("{pointer}/{key}");
        names.push(super::suggest::dotted(&pointer));
        collect(dialect, &pointer, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described() {
        let names = fields();
        assert!(names.len() > 60, "{}", names.len());
        for name in names {
            let field = field(&name).unwrap_or_else(|| panic!("{name} is not described"));
            assert!(field.description.len() > 5, "{name}");
        }
    }
}
