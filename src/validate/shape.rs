//! Checks a tree against the JSON Schema, with messages of our own.

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::{ValidationError, Validator};
use processor::pointer::below;
use serde_json::Value;

use super::corrections;
use super::dialect::Dialect;
use super::names::{wrong_name, wrong_names};
use super::requirement::requirement;
use super::schema::{SCHEMA, matches};
use super::suggest::{self, dotted};
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::source::SpecTree;

/// The version of the spec language that this pipectl reads.
const VERSION: u64 = 1;

/// The help for a key without a value.
const NO_VALUE: &str = "give it a value, or remove the key to use the default";

/// The end of the help for a key that another version may support.
const OR_NEWER: &str = " (or install a newer pipectl, if the key came with a later version)";

/// Compares the tree with the JSON Schema. Messages are ours, by the kind of each error.
pub(super) fn check(tree: &SpecTree) -> Vec<Diagnostic> {
    let mut value = tree.value();
    // A spec for another pipectl may contain unknown fields: nothing else in it can be checked.
    if let Some(refused) = value.get("pipectl").and_then(|required| requirement(tree, required)) {
        return vec![refused];
    }
    if let Some(version) = value.get("version").and_then(Value::as_u64).filter(|version| *version != VERSION)
    {
        // Another language: nothing else in it can be checked.
        return vec![unsupported_version(tree, version)];
    }
    if let Value::Object(map) = &mut value
        && map.get("extends").is_some_and(Value::is_string)
    {
        // Its values are already merged; with it, the schema would not require what a base may set.
        map.remove("extends");
    }
    let validator = match &SCHEMA.validator {
        Ok(validator) => validator,
        Err(error) => {
            return vec![Diagnostic::error(codes::RENDER_BROKEN, format!("the schema is broken: {error}"))];
        }
    };
    let shape = Shape { tree, dialect: Dialect::new(&SCHEMA.value) };
    let mut found = shape.errors(validator, &value);
    corrections::renames(&mut found, tree, &shape.dialect, validator, &value);
    found
}

fn unsupported_version(tree: &SpecTree, version: u64) -> Diagnostic {
    let message = format!("spec version {version} is not supported; this pipectl reads version {VERSION}");
    let help = if version > VERSION {
        "install a newer pipectl, or write `version: 1`"
    } else {
        "write `version: 1`"
    };
    Diagnostic::error(codes::SPEC_UNSUPPORTED_VERSION, message)
        .at("/version", tree.value_location("/version"))
        .help(help)
}

struct Shape<'a> {
    tree: &'a SpecTree,
    dialect: Dialect<'static>,
}

impl Shape<'_> {
    fn errors(&self, validator: &Validator, value: &Value) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = Vec::new();
        for error in validator.iter_errors(value) {
            for diagnostic in self.diagnostics(&error) {
                // One message per value: an empty name is too short, and also has the wrong form.
                let is_reported = found
                    .iter()
                    .any(|known| known.location == diagnostic.location && known.path == diagnostic.path);
                let of_the_map = matches!(diagnostic.code, codes::SPEC_MISSING_KEY | codes::SPEC_UNKNOWN_KEY);
                if of_the_map || !is_reported {
                    found.push(diagnostic);
                }
            }
        }
        self.forms(value, "", &mut found);
        found
    }

    /// Texts against the pattern of their field. Compiling all patterns of the schema would take longer than everything
    /// else for one spec, and one spec has few texts.
    fn forms(&self, value: &Value, path: &str, found: &mut Vec<Diagnostic>) {
        match value {
            Value::Object(map) => {
                let mut wrong = wrong_names(&self.dialect, self.tree, path, map);
                wrong.retain(|wrong| !found.iter().any(|known| known.path == wrong.path));
                found.append(&mut wrong);
                for (key, value) in map {
                    self.forms(value, &below(path, key), found);
                }
            }
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.forms(value, &format!("{path}/{index}"), found);
                }
            }
            Value::String(text) => {
                let Some(pattern) = self.dialect.pattern(path) else { return };
                let is_reported = found.iter().any(|known| known.path == path);
                if !is_reported && !matches(pattern, text) {
                    let field = format!("`{}`", dotted(path));
                    let message = format!("{field} is {}, which has the wrong format", shown(value));
                    let help = match corrected(pattern, text) {
                        Some(corrected) => format!("write `{corrected}`"),
                        None => self.form_help(path),
                    };
                    found.push(self.diagnostic(path, codes::SPEC_WRONG_FORM, message, help));
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn diagnostics(&self, error: &ValidationError<'_>) -> Vec<Diagnostic> {
        let path = error.instance_path().as_str();
        match error.kind() {
            Kind::AdditionalProperties { unexpected } => {
                unexpected.iter().map(|key| self.unknown_key(path, key)).collect()
            }
            Kind::Required { property } => {
                vec![self.missing_key(path, property.as_str().unwrap_or_default())]
            }
            Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
                self.alternatives(error, path, context)
            }
            Kind::PropertyNames { error: inner } => {
                vec![wrong_name(self.tree, path, inner.instance().as_str().unwrap_or_default())]
            }
            _ => vec![self.wrong_value(error, path)],
        }
    }

    fn unknown_key(&self, path: &str, key: &str) -> Diagnostic {
        let pointer = below(path, key);
        let owner = if path.is_empty() { "a spec".to_owned() } else { format!("`{}`", dotted(path)) };
        Diagnostic::error(codes::SPEC_UNKNOWN_KEY, format!("{owner} has no key `{key}`"))
            .at(&pointer, self.tree.key_location(&pointer))
            .help(suggest::key(&self.dialect, path, key) + OR_NEWER)
    }

    fn missing_key(&self, path: &str, key: &str) -> Diagnostic {
        let owner = if path.is_empty() { "the spec".to_owned() } else { format!("`{}`", dotted(path)) };
        let pointer = format!("{path}/{key}");
        let example = match self.dialect.example(&pointer) {
            Some(example) => format!(", for example `{key}: {example}`"),
            None => String::new(),
        };
        let purpose = self
            .dialect
            .purpose(&pointer)
            .map(|purpose| format!(": {}", lower_first(purpose)))
            .unwrap_or_default();
        Diagnostic::error(codes::SPEC_MISSING_KEY, format!("{owner} lacks `{key}`{purpose}"))
            .at(path, self.tree.key_location(path))
            .help(format!("add `{key}:`{example}"))
    }

    /// If a value may have several forms, the intended one is checked.
    fn alternatives(
        &self,
        error: &ValidationError<'_>,
        path: &str,
        branches: &[Vec<ValidationError<'static>>],
    ) -> Vec<Diagnostic> {
        let of_this_value = |error: &&ValidationError<'_>| {
            error.instance_path().as_str() == path
                && matches!(
                    error.kind(),
                    Kind::Type { .. }
                        | Kind::Constant { .. }
                        | Kind::Enum { .. }
                        | Kind::AnyOf { .. }
                        | Kind::OneOfNotValid { .. }
                )
        };
        let branch = branches.iter().find(|errors| !errors.iter().any(|error| of_this_value(&error)));
        match branch {
            Some(errors) if error.instance().is_object() || error.instance().is_array() => {
                errors.iter().flat_map(|error| self.diagnostics(error)).collect()
            }
            None if error
                .instance()
                .as_str()
                .is_some_and(|text| text.starts_with(|first: char| first.is_ascii_digit())) =>
            {
                // A number in quotes, or with its unit.
                let wants_number = |error: &&ValidationError<'_>| matches!(error.kind(), Kind::Type { kind: TypeKind::Single(wanted) } if wanted.to_string() == "integer");
                let number = branches.iter().flatten().find(wants_number);
                vec![
                    number.map_or_else(
                        || self.wrong_value(error, path),
                        |number| self.wrong_value(number, path),
                    ),
                ]
            }
            Some(errors) if !errors.is_empty() => {
                errors.iter().map(|error| self.wrong_value(error, path)).collect()
            }
            // A text without its quotes.
            None if error.instance().is_number() && self.dialect.options(path).is_empty() => {
                let wants_text = |error: &&ValidationError<'_>| matches!(error.kind(), Kind::Type { kind: TypeKind::Single(wanted) } if wanted.to_string() == "string");
                let text = branches.iter().flatten().find(wants_text);
                vec![text.map_or_else(|| self.wrong_value(error, path), |text| self.wrong_value(text, path))]
            }
            _ => vec![self.wrong_value(error, path)],
        }
    }

    fn wrong_value(&self, error: &ValidationError<'_>, path: &str) -> Diagnostic {
        let instance = error.instance();
        let field = if path.is_empty() { "the spec".to_owned() } else { format!("`{}`", dotted(path)) };
        let (code, message, help) = self.words(error.kind(), &field, path, instance);
        let location = self.tree.value_location(path);
        let fix = corrections::value(
            error.kind(),
            path,
            instance,
            location,
            &self.tree.text_at(location),
            &self.dialect,
        );
        self.diagnostic(path, code, message, help).fix(fix)
    }

    /// A diagnostic of one value, with the limit it breaks or the field's description.
    fn diagnostic(&self, path: &str, code: Code, message: String, help: String) -> Diagnostic {
        // A limit is not a reason against a value of another type.
        let reason = self.dialect.reason(path).filter(|_| code != codes::SPEC_WRONG_TYPE);
        let help = match (reason, self.dialect.purpose(path)) {
            (Some(reason), _) => format!("{help}; {reason}"),
            (None, Some(purpose)) => format!("{help} ({})", lower_first(purpose)),
            (None, None) => help,
        };
        Diagnostic::error(code, message).at(path, self.tree.value_location(path)).help(help)
    }

    fn words(&self, kind: &Kind, field: &str, path: &str, instance: &Value) -> (Code, String, String) {
        let shown = shown(instance);
        let range = |message: String| (codes::SPEC_OUT_OF_RANGE, message, self.range_help(path));
        match kind {
            Kind::Minimum { limit } => range(format!("{field} is {shown}, but the minimum is {limit}")),
            Kind::Maximum { limit } => range(format!("{field} is {shown}, but the maximum is {limit}")),
            Kind::MultipleOf { multiple_of } => {
                range(format!("{field} is {shown}, which is not a multiple of {multiple_of}"))
            }
            Kind::MinLength { .. } if instance.as_str().is_some_and(str::is_empty) => {
                range(format!("{field} is empty"))
            }
            Kind::MinLength { limit } => {
                range(format!("{field} is {shown}, shorter than {limit} characters"))
            }
            Kind::MaxLength { limit } => range(format!("{field} has more than {limit} characters")),
            Kind::MaxItems { limit } => range(format!("{field} has more than {limit} items")),
            // No list or map of a spec needs more than one.
            Kind::MinItems { .. } | Kind::MinProperties { .. } => range(format!("{field} is empty")),
            Kind::MaxProperties { limit: 1 } => {
                let help = format!("remove all but one of `{}`", self.dialect.keys(path).join("`, `"));
                (codes::SPEC_OUT_OF_RANGE, format!("{field} has more than one key"), help)
            }
            Kind::MaxProperties { limit } => range(format!("{field} has more than {limit} keys")),
            Kind::Enum { .. } | Kind::Constant { .. } | Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
                self.choice(field, path, instance)
            }
            Kind::Type { kind } => self.wrong_type(kind, field, instance),
            _ => (
                codes::SPEC_WRONG_FORM,
                format!("{field} is {shown}, which is not an allowed value"),
                self.form_help(path),
            ),
        }
    }

    fn choice(&self, field: &str, path: &str, instance: &Value) -> (Code, String, String) {
        if instance.is_null() {
            let message = format!("{field} has no value");
            return (codes::SPEC_WRONG_TYPE, message, NO_VALUE.to_owned());
        }
        let options = self.dialect.options(path);
        let numbers = self.dialect.numbers(path);
        let mut all: Vec<String> = options.iter().map(|option| format!("`{option}`")).collect();
        all.splice(0..0, numbers.iter().map(ToString::to_string));
        let keys = self.dialect.keys(path);
        if !keys.is_empty() {
            all.push(format!("a map with `{}`", keys.join("`, `")));
        }
        let limit = |word: &str| self.dialect.at(path).and_then(|schema| schema.get(word));
        if let (Some(least), Some(most)) = (limit("minimum"), limit("maximum")) {
            all.insert(0, format!("a number from {least} to {most}"));
        }
        let suggestion = instance.as_str().and_then(|word| suggest::nearest(word, options.iter().copied()));
        let nearest =
            instance.as_i64().and_then(|number| numbers.iter().min_by_key(|known| (*known - number).abs()));
        let help = match (suggestion, nearest) {
            (Some(suggestion), _) => format!("did you mean `{suggestion}`? allowed: {}", all.join(", ")),
            (None, Some(nearest)) => format!("the nearest is {nearest}; allowed: {}", all.join(", ")),
            (None, None) => format!("write one of {}", all.join(", ")),
        };
        (
            codes::SPEC_UNKNOWN_VALUE,
            format!("{field} is {}, which is not an allowed value", shown(instance)),
            help,
        )
    }

    fn wrong_type(&self, kind: &TypeKind, field: &str, instance: &Value) -> (Code, String, String) {
        let wanted = match kind {
            TypeKind::Single(wanted) => wanted.to_string(),
            TypeKind::Multiple(wanted) => wanted
                .iter()
                .map(|wanted| noun(&wanted.to_string()).to_owned())
                .collect::<Vec<_>>()
                .join(" or "),
        };
        let message = match instance {
            Value::Null => format!("{field} has no value"),
            _ => format!("{field} is {}, but must be {}", shown(instance), noun(&wanted)),
        };
        let number: String =
            instance.as_str().unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
        let help = match (wanted.as_str(), instance) {
            (_, Value::Null) => NO_VALUE.to_owned(),
            ("string", Value::Number(_) | Value::Bool(_)) => format!("quote it: `\"{instance}\"`"),
            ("integer", Value::String(_)) if !number.is_empty() => {
                format!("write `{number}`, without quotes or unit: the unit is in the field's name")
            }
            ("integer", Value::Number(_)) => "write a whole number".to_owned(),
            ("boolean", Value::String(word)) if ["yes", "on"].contains(&word.to_lowercase().as_str()) => {
                "write `true`".to_owned()
            }
            ("boolean", Value::String(word)) if ["no", "off"].contains(&word.to_lowercase().as_str()) => {
                "write `false`".to_owned()
            }
            ("array", _) => "write a list: `[…]`".to_owned(),
            ("object", _) => "write a map: keys with values, indented below".to_owned(),
            _ => format!("write {}", noun(&wanted)),
        };
        (codes::SPEC_WRONG_TYPE, message, help)
    }

    fn range_help(&self, path: &str) -> String {
        let limit =
            |key: &str| self.dialect.at(path).and_then(|schema| schema.get(key)).map(ToString::to_string);
        let step = limit("multipleOf").map(|step| format!(", a multiple of {step}")).unwrap_or_default();
        match (limit("minimum"), limit("maximum"), limit("minLength"), limit("maxLength")) {
            (Some(least), Some(most), ..) => format!("write a number from {least} to {most}{step}"),
            (.., least, Some(most)) => {
                format!("write {} to {most} characters", least.unwrap_or_else(|| "0".to_owned()))
            }
            _ => self.form_help(path),
        }
    }

    fn form_help(&self, path: &str) -> String {
        match self.dialect.example(path) {
            Some(example) => format!("write it like `{example}`"),
            None => format!("see `pipectl explain {}`", dotted(path)),
        }
    }
}

/// The value in the form for a message.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) if text.chars().count() > 60 => {
            format!("the string `{}…`", text.chars().take(59).collect::<String>())
        }
        Value::String(text) => format!("the string `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a map".to_owned(),
    }
}

/// A text in lower case, with hyphens for invalid characters, if that fixes it.
fn corrected(pattern: &'static str, text: &str) -> Option<String> {
    let plain = |character: char| {
        if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' }
    };
    if text.chars().any(|character| character.is_alphanumeric() && !character.is_ascii()) {
        return None;
    }
    let words: String = text.chars().map(plain).collect();
    let words: Vec<&str> = words.split('-').filter(|word| !word.is_empty()).collect();
    let corrected = words.join("-");
    (!corrected.is_empty() && corrected.len() <= 40 && matches(pattern, &corrected)).then_some(corrected)
}

fn noun(json_type: &str) -> &str {
    match json_type {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}
