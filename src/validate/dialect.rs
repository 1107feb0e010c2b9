//! Finds a field's part of the JSON Schema.

use serde_json::{Map, Value};

/// The schema's part for a JSON pointer into a spec: references are followed, and of alternatives the map is used.
pub(super) struct Dialect<'a> {
    root: &'a Value,
}

impl<'a> Dialect<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self { root }
    }

    /// The schema of the value at the pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&'a Value> {
        let mut schema = self.root;
        for segment in pointer.split('/').skip(1) {
            schema = self.child(schema, segment)?;
        }
        Some(schema)
    }

    /// The possible keys of a map at the pointer, or of each map of a list there.
    pub(super) fn keys(&self, pointer: &str) -> Vec<&'a str> {
        let map = self.at(pointer).map(|schema| self.as_map(self.items(schema).unwrap_or(schema)));
        map.and_then(properties).into_iter().flatten().map(|(key, _)| key.as_str()).collect()
    }

    /// Each section that has the key, by its pointer; including nested sections.
    pub(super) fn sections_with(&self, key: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.search(self.root, String::new(), key, &mut found);
        found
    }

    /// The texts that a field accepts, if it accepts only some.
    pub(super) fn options(&self, pointer: &str) -> Vec<&'a str> {
        let mut options = Vec::new();
        if let Some(schema) = self.at(pointer) {
            self.collect_options(schema, &mut options);
        }
        options
    }

    /// The first sentence of a field's description.
    pub(super) fn purpose(&self, pointer: &str) -> Option<&'a str> {
        let parent = pointer.rsplit_once('/')?;
        let schema = self.at(parent.0)?;
        let map = self.as_map(self.items(schema).unwrap_or(schema));
        let text = map.get("properties")?.get(parent.1)?.get("description")?.as_str()?;
        Some(text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.'))
    }

    /// Why a field accepts no other values: whose limit it is. An item's reason is its list's.
    pub(super) fn reason(&self, pointer: &str) -> Option<&'a str> {
        let own = |pointer: &str| self.at(pointer)?.get("$comment")?.as_str();
        own(pointer).or_else(|| own(pointer.rsplit_once('/')?.0))
    }

    /// The whole description of a field.
    pub(super) fn description(&self, pointer: &str) -> Option<&'a str> {
        let schema = self.at(pointer)?;
        let own = schema.get("description").or_else(|| self.resolve(schema).get("description"));
        own.and_then(Value::as_str)
    }

    /// A field's description with its range and default, as an editor shows it.
    pub(super) fn hover(&self, pointer: &str) -> Option<&'a str> {
        self.at(pointer)?
            .get("markdownDescription")
            .and_then(Value::as_str)
            .or_else(|| self.description(pointer))
    }

    /// The meaning of one of the texts that a field accepts.
    pub(super) fn meaning(&self, pointer: &str, option: &str) -> Option<&'a str> {
        self.constant(self.at(pointer)?, option)?.get("description")?.as_str()
    }

    fn constant(&self, schema: &'a Value, option: &str) -> Option<&'a Value> {
        let schema = self.resolve(schema);
        if schema.get("const").and_then(Value::as_str) == Some(option) {
            return Some(schema);
        }
        self.alternatives(schema).find_map(|branch| self.constant(branch, option))
    }

    /// The regular expression a text must match.
    pub(super) fn pattern(&self, pointer: &str) -> Option<&'a str> {
        self.resolve(self.at(pointer)?).get("pattern")?.as_str()
    }

    /// The regular expression that the names of a map's keys must match.
    pub(super) fn name_pattern(&self, pointer: &str) -> Option<&'a str> {
        self.resolve(self.at(pointer)?).get("propertyNames")?.get("pattern")?.as_str()
    }

    pub(super) fn is_boolean(&self, pointer: &str) -> bool {
        self.at(pointer).is_some_and(|schema| self.resolve(schema).get("type") == Some(&"boolean".into()))
    }

    /// The values that a field accepts, as a text.
    pub(super) fn takes(&self, pointer: &str) -> Option<String> {
        let schema = self.resolve(self.at(pointer)?);
        let number = |key: &str| schema.get(key).map(ToString::to_string);
        let keys = self.keys(pointer);
        let mut forms: Vec<String> = self.numbers(pointer).iter().map(ToString::to_string).collect();
        forms.extend(self.options(pointer).into_iter().map(|option| format!("`{option}`")));
        if !keys.is_empty() {
            let maps = if self.is_list(pointer) { "a list of maps" } else { "a map" };
            forms.push(format!("{maps} with `{}`", keys.join("`, `")));
        }
        match (number("minimum"), number("maximum"), schema.get("type").and_then(Value::as_str)) {
            _ if !forms.is_empty() => Some(forms.join(", ")),
            (Some(least), Some(most), _) => Some(format!("a number from {least} to {most}")),
            (.., Some("boolean")) => Some("`true` or `false`".to_owned()),
            (.., Some("string")) => Some("text".to_owned()),
            (.., Some("array")) => Some("a list".to_owned()),
            (.., Some("object")) => Some("a map".to_owned()),
            _ => None,
        }
    }

    /// The first example of a field; of a list's item, the first in its list's example.
    pub(super) fn example(&self, pointer: &str) -> Option<&'a Value> {
        let examples = |pointer: &str| {
            let schema = self.at(pointer)?;
            schema.get("examples").or_else(|| self.resolve(schema).get("examples"))?.get(0)
        };
        examples(pointer).or_else(|| examples(pointer.rsplit_once('/')?.0)?.get(0))
    }

    /// The numbers that a field accepts, if it accepts only some.
    pub(super) fn numbers(&self, pointer: &str) -> Vec<i64> {
        let values = self.at(pointer).and_then(|schema| self.resolve(schema).get("enum")?.as_array());
        values.into_iter().flatten().filter_map(Value::as_i64).collect()
    }

    /// Whether it is a list of maps.
    pub(super) fn is_list(&self, pointer: &str) -> bool {
        self.at(pointer).and_then(|schema| self.items(schema)).is_some()
    }

    /// Whether it is a list, whatever its items are.
    pub(super) fn is_always_list(&self, pointer: &str) -> bool {
        self.at(pointer).is_some_and(|schema| self.resolve(schema).get("type") == Some(&"array".into()))
    }

    /// The schema of the items in a list of maps.
    fn items(&self, schema: &'a Value) -> Option<&'a Value> {
        let items = self.resolve(schema).get("items")?;
        properties(self.as_map(items)).map(|_| items)
    }

    fn child(&self, schema: &'a Value, segment: &str) -> Option<&'a Value> {
        // A field of a list's maps is also known by its name: `tests.event`.
        let is_index = segment.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(items) = self.items(schema).filter(|_| !is_index) {
            return self.child(items, segment);
        }
        let map = self.as_map(schema);
        let known = map.get("properties").and_then(|properties| properties.get(segment));
        let other =
            map.get("additionalProperties").or_else(|| map.get("items")).filter(|schema| schema.is_object());
        known.or(other)
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn alternatives(&self, schema: &'a Value) -> impl Iterator<Item = &'a Value> {
        ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
    }

    fn as_map(&self, schema: &'a Value) -> &'a Value {
        let schema = self.resolve(schema);
        if schema.get("properties").is_some() {
            return schema;
        }
        let map = self.alternatives(schema).map(|branch| self.resolve(branch));
        map.into_iter().find(|branch| branch.get("properties").is_some()).unwrap_or(schema)
    }

    fn collect_options(&self, schema: &'a Value, options: &mut Vec<&'a str>) {
        let schema = self.resolve(schema);
        options.extend(schema.get("const").and_then(Value::as_str));
        options.extend(
            schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str),
        );
        for branch in self.alternatives(schema) {
            self.collect_options(branch, options);
        }
    }

    fn search(&self, schema: &'a Value, pointer: String, key: &str, found: &mut Vec<String>) {
        let Some(properties) = properties(self.as_map(schema)) else { return };
        if properties.contains_key(key) {
            found.push(pointer.clone());
        }
        for (name, schema) in properties {
            self.search(schema, format!("{pointer}/{name}"), key, found);
        }
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties")?.as_object()
}
