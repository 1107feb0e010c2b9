//! Keywords without schemas: types, values, limits and names.

use std::collections::BTreeSet;

use processor::json::Json;
use processor::number::Number;

use super::Keywords;

const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// Whether the keyword does not apply to any value of the types that the former schemas accept.
pub(super) fn is_vacuous(old: &[&Keywords], keyword: &str) -> bool {
    let of: &[&str] = match keyword {
        "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" | "multipleOf" => {
            &["integer", "number"]
        }
        "minLength" | "maxLength" | "pattern" => &["string"],
        "minItems" | "maxItems" | "uniqueItems" | "items" | "prefixItems" | "additionalItems"
        | "contains" | "unevaluatedItems" => &["array"],
        "minProperties"
        | "maxProperties"
        | "required"
        | "dependentRequired"
        | "dependentSchemas"
        | "dependencies"
        | "properties"
        | "patternProperties"
        | "additionalProperties"
        | "propertyNames"
        | "unevaluatedProperties" => &["object"],
        _ => return false,
    };
    types(old).iter().all(|name| !of.contains(name))
}

/// The types of the values that all of these accept; a number has both number types.
fn types(schemas: &[&Keywords]) -> BTreeSet<&'static str> {
    let mut all = BTreeSet::from(TYPES);
    for schema in schemas {
        if let Some(own) = schema.get("type") {
            let own = own_types(own);
            all.retain(|name| own.contains(name));
        }
        if let Some(values) = values(schema) {
            let kinds: BTreeSet<&str> = values.iter().flat_map(|value| kinds(value)).copied().collect();
            all.retain(|name| kinds.contains(name));
        }
    }
    all
}

/// The types that `type` names, and `integer` with `number`.
fn own_types(json: &Json) -> BTreeSet<&str> {
    let names = match json {
        Json::List(names) => names.iter().filter_map(Json::as_text).collect(),
        one => Vec::from_iter(one.as_text()),
    };
    let integer = names.contains(&"number").then_some("integer");
    names.into_iter().chain(integer).collect()
}

fn kinds(value: &Json) -> &'static [&'static str] {
    match value {
        Json::Null => &["null"],
        Json::Bool(_) => &["boolean"],
        Json::Number(number) if number.is_whole() => &["integer", "number"],
        Json::Number(_) => &["number"],
        Json::Text(_) => &["string"],
        Json::List(_) => &["array"],
        Json::Map(_) => &["object"],
    }
}

/// The values of `const` and `enum`.
fn values(schema: &Keywords) -> Option<Vec<&Json>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Json::List(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// Values that a keyword of the new schema may reject.
pub(super) fn breaks(old: &[&Keywords], new: &Keywords, keyword: &str) -> Vec<String> {
    let Some(value) = new.get(keyword) else { return Vec::new() };
    match (keyword, value) {
        ("type", value) => narrower(old, value),
        ("const", value) => lost(old, "const", &[value]),
        ("enum", Json::List(values)) => lost(old, "enum", &values.iter().collect::<Vec<_>>()),
        ("required", Json::List(names)) => {
            let required = |name: &&Json| !old.iter().any(|schema| has(schema.get("required"), name));
            let missing = names.iter().filter(required).filter_map(Json::as_text);
            missing.map(|name| format!("`{name}` is required now")).collect()
        }
        ("dependentRequired", Json::Map(dependent)) => dependent_names(old, dependent),
        ("uniqueItems", Json::Bool(true)) => {
            let same = old.iter().any(|schema| schema.get("uniqueItems") == Some(&Json::Bool(true)));
            Vec::from_iter((!same).then(|| "items must be unique now".to_owned()))
        }
        ("pattern", pattern) => {
            let before: Vec<&Json> = old.iter().filter_map(|schema| schema.get("pattern")).collect();
            let is_new = if before.is_empty() { "new" } else { "another one" };
            Vec::from_iter((!before.contains(&pattern)).then(|| format!("`pattern` is {is_new}")))
        }
        ("multipleOf", Json::Number(unit)) => {
            let is_multiple = |schema: &&Keywords| match (schema.get("multipleOf"), schema.get("type")) {
                (Some(Json::Number(before)), _) => before.is_multiple_of(unit),
                (_, Some(kind)) => {
                    !own_types(kind).contains("number") && Number::whole(1).is_multiple_of(unit)
                }
                _ => false,
            };
            Vec::from_iter(
                (!old.iter().any(is_multiple)).then(|| format!("`multipleOf` is {} now", unit.as_str())),
            )
        }
        (_, Json::Number(limit)) => Vec::from_iter(tighter(old, keyword, limit)),
        _ => Vec::new(),
    }
}

fn has(list: Option<&Json>, item: &Json) -> bool {
    matches!(list, Some(Json::List(items)) if items.contains(item))
}

fn narrower(old: &[&Keywords], value: &Json) -> Vec<String> {
    let now = own_types(value);
    let before = types(old);
    // If `number` is accepted, so is `integer`: it is not named separately.
    let lost: Vec<&str> = before
        .iter()
        .filter(|name| {
            let is_reported = **name == "integer" && before.contains("number") && !now.contains("number");
            !now.contains(**name) && !is_reported
        })
        .copied()
        .collect();
    Vec::from_iter((!lost.is_empty()).then(|| format!("`type` no longer takes {}", lost.join(", "))))
}

fn lost(old: &[&Keywords], keyword: &str, now: &[&Json]) -> Vec<String> {
    let before: Vec<Vec<&Json>> = old.iter().filter_map(|schema| values(schema)).collect();
    if before.is_empty() {
        return vec![format!("`{keyword}` is new")];
    }
    // A value must be in all of the lists.
    let accepted = before[0].iter().filter(|value| before.iter().all(|list| list.contains(value)));
    let lost = accepted.filter(|value| !now.contains(value));
    lost.map(|value| {
        let text: String = value.canonical().chars().take(60).collect();
        format!("`{keyword}` no longer takes `{text}`")
    })
    .collect()
}

fn dependent_names(old: &[&Keywords], dependent: &Keywords) -> Vec<String> {
    let mut found = Vec::new();
    for (holder, names) in dependent {
        let Json::List(names) = names else { continue };
        for name in names {
            let same = old.iter().any(|schema| {
                let before = match schema.get("dependentRequired") {
                    Some(Json::Map(before)) => before.get(holder),
                    _ => None,
                };
                has(before, name) || has(schema.get("required"), name)
            });
            if let Some(name) = name.as_text().filter(|_| !same) {
                found.push(format!("`{name}` is required now where there is `{holder}`"));
            }
        }
    }
    found
}

/// Whether a limit is stricter than all of the former ones.
fn tighter(old: &[&Keywords], keyword: &str, limit: &Number) -> Option<String> {
    let is_least = keyword.to_lowercase().contains("min");
    // The limits of the same kind, and whether the limit itself is valid.
    let alike: &[&str] = match keyword {
        "minimum" | "exclusiveMinimum" => &["minimum", "exclusiveMinimum"],
        "maximum" | "exclusiveMaximum" => &["maximum", "exclusiveMaximum"],
        _ => &[keyword],
    };
    let implied = |name: &str, before: &Number| {
        let order = if is_least { before.cmp(limit) } else { limit.cmp(before) };
        order.is_gt()
            || (order.is_eq() && (name.starts_with("exclusive") || !keyword.starts_with("exclusive")))
    };
    let mut before = None;
    for (schema, name) in old.iter().flat_map(|schema| alike.iter().map(move |name| (schema, *name))) {
        if let Some(Json::Number(number)) = schema.get(name) {
            if implied(name, number) {
                return None;
            }
            before = Some(format!("`{name}` of {}", number.as_str()));
        }
    }
    // Every count is 0 or more.
    if is_least && alike.len() == 1 && limit.as_str() == "0" {
        return None;
    }
    let before = before.unwrap_or_else(|| "no limit".to_owned());
    Some(format!("`{keyword}` is {} now, {before} before", limit.as_str()))
}
