//! The check of each keyword of a schema. Keywords that only describe (`title`, `format`) check nothing, as in the
//! standard, and neither do unknown ones.

use std::collections::{BTreeMap, BTreeSet};

use super::Problem;
use super::compile::{Check, Compiler, Count, Id, Rule};
use super::document::Draft;
use crate::json::Json;
use crate::pointer::below;

/// Every type, by name.
pub(super) const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
/// Keywords whose meaning depends on the referring schema, or that create a document of their own.
const UNSUPPORTED: [&str; 5] =
    ["$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"];
/// In the order in which they are checked: the simplest violation is reported first.
const KEYWORDS: [&str; 36] = [
    "type",
    "const",
    "enum",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "dependentRequired",
    "dependencies",
    "properties",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
    "prefixItems",
    "items",
    "additionalItems",
    "contains",
    "uniqueItems",
    "$ref",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "if",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
];

/// The rules of the schema at `pointer`, whose parent is `holder`.
pub(super) fn rules<'a>(
    compiler: &mut Compiler<'a>,
    pointer: &str,
    json: &'a Json,
    holder: &'static str,
) -> Result<Vec<Rule>, Problem> {
    let entries = match json {
        Json::Bool(true) => return Ok(Vec::new()),
        Json::Bool(false) => return Ok(vec![Rule { keyword: holder, check: Check::Never }]),
        Json::Map(entries) => entries,
        other => {
            let message = format!("a schema is {}, not an object or a boolean", other.kind());
            return Err(Problem::new(pointer, message, "write an object with keywords, `true` or `false`"));
        }
    };
    if let Some(keyword) = UNSUPPORTED.iter().find(|keyword| entries.contains_key(**keyword)) {
        let message = format!("`{keyword}` is not supported");
        return Err(Problem::new(&below(pointer, keyword), message, "use `$ref` and `$defs`"));
    }
    if !pointer.is_empty()
        && entries.get("$id").and_then(Json::as_text).is_some_and(|id| !id.starts_with('#'))
    {
        let message = "a nested schema has an `$id`, which makes it a separate document";
        return Err(Problem::new(&below(pointer, "$id"), message, "remove it, and refer to `#/$defs/NAME`"));
    }
    let only_ref = compiler.draft() == Draft::Seven && entries.contains_key("$ref");
    let mut rules = Vec::new();
    for keyword in KEYWORDS {
        let Some(value) = entries.get(keyword).filter(|_| !only_ref || keyword == "$ref") else { continue };
        let part = Part { keyword, pointer: below(pointer, keyword), value, entries };
        part.is_of(compiler.draft())?;
        rules.extend(part.checks(compiler)?.into_iter().map(|check| Rule { keyword, check }));
    }
    Ok(rules)
}

/// A keyword with its value, and the schema that contains it.
struct Part<'a> {
    keyword: &'static str,
    pointer: String,
    value: &'a Json,
    entries: &'a BTreeMap<String, Json>,
}

impl<'a> Part<'a> {
    /// Rejects a keyword of another draft, which would be ignored silently.
    fn is_of(&self, draft: Draft) -> Result<(), Problem> {
        let (has, words) = match self.keyword {
            "prefixItems" => {
                (draft >= Draft::Twenty, "draft 2020-12 and later; before it, `items` takes a list")
            }
            "additionalItems" => (
                draft < Draft::Twenty,
                "drafts before 2020-12, where `items` applies to the other items of a list",
            ),
            "dependentRequired" | "dependentSchemas" | "unevaluatedProperties" | "unevaluatedItems" => {
                (draft >= Draft::Nineteen, "draft 2019-09 and later")
            }
            _ => return Ok(()),
        };
        let message = format!("`{}` is a keyword of {words}", self.keyword);
        if has {
            Ok(())
        } else {
            Err(Problem::new(
                &self.pointer,
                message,
                "write `$schema` of that draft, or use this draft's keyword",
            ))
        }
    }

    fn checks(&self, compiler: &mut Compiler<'a>) -> Result<Vec<Check>, Problem> {
        Ok(vec![match self.keyword {
            "type" => self.types()?,
            "const" => Check::Values(BTreeSet::from([self.value.canonical()])),
            "enum" => Check::Values(self.list()?.iter().map(Json::canonical).collect()),
            "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum" => self.limit()?,
            "multipleOf" => self.multiple()?,
            "minLength" => Check::Length(Count::AtLeast(self.count(self.value)?)),
            "maxLength" => Check::Length(Count::AtMost(self.count(self.value)?)),
            "minItems" => Check::Items(Count::AtLeast(self.count(self.value)?)),
            "maxItems" => Check::Items(Count::AtMost(self.count(self.value)?)),
            "minProperties" => Check::Properties(Count::AtLeast(self.count(self.value)?)),
            "maxProperties" => Check::Properties(Count::AtMost(self.count(self.value)?)),
            "pattern" => Check::Pattern(compiler.pattern(self.text(self.value)?, &self.pointer)?),
            "required" => Check::Required(self.names(compiler, self.value)?),
            "dependentRequired" => {
                let mut fields = BTreeMap::new();
                for (name, value) in self.map()? {
                    fields.insert(name.clone(), self.names(compiler, value)?);
                }
                Check::DependentFields(fields)
            }
            "uniqueItems" => match self.value {
                Json::Bool(true) => Check::Unique,
                Json::Bool(false) => return Ok(Vec::new()),
                other => return Err(self.wrong(other, "a boolean")),
            },
            "dependencies" => return self.dependencies(compiler),
            "items" | "additionalItems" => return self.items(compiler),
            "contains" => self.contains(compiler)?,
            "$ref" => Check::Ref(compiler.referred(self.text(self.value)?, &self.pointer)?),
            "if" => self.condition(compiler),
            "patternProperties" => self.matching(compiler)?,
            "additionalProperties" => self.others(compiler)?,
            _ => self.with_schemas(compiler)?,
        }])
    }

    /// Keywords that only contain schemas.
    fn with_schemas(&self, compiler: &mut Compiler<'a>) -> Result<Check, Problem> {
        Ok(match self.keyword {
            "properties" => {
                self.map()?.keys().for_each(|name| compiler.name(name));
                Check::Named(self.schemas_by_name(compiler)?)
            }
            "dependentSchemas" => Check::DependentSchemas(self.schemas_by_name(compiler)?),
            "prefixItems" => Check::First(self.schemas(compiler)?),
            "allOf" => Check::All(self.schemas(compiler)?),
            "anyOf" => Check::Any(self.schemas(compiler)?),
            "oneOf" => Check::One(self.schemas(compiler)?),
            "not" => Check::Not(self.schema(compiler)),
            "propertyNames" => Check::Names(self.schema(compiler)),
            "unevaluatedProperties" => Check::UnevaluatedFields(self.schema(compiler)),
            _ => Check::UnevaluatedItems(self.schema(compiler)),
        })
    }

    fn schema(&self, compiler: &mut Compiler<'a>) -> Id {
        compiler.schema(self.pointer.clone(), self.value, self.keyword)
    }

    fn schemas(&self, compiler: &mut Compiler<'a>) -> Result<Vec<Id>, Problem> {
        let items = self.list()?;
        if items.is_empty() {
            return Err(Problem::new(
                &self.pointer,
                format!("`{}` is empty", self.keyword),
                "remove it, or add a schema",
            ));
        }
        let schema = |(index, item)| compiler.schema(format!("{}/{index}", self.pointer), item, self.keyword);
        Ok(items.iter().enumerate().map(schema).collect())
    }

    fn schemas_by_name(&self, compiler: &mut Compiler<'a>) -> Result<BTreeMap<String, Id>, Problem> {
        let schema = |(name, value): (&'a String, &'a Json)| {
            (name.clone(), compiler.schema(below(&self.pointer, name), value, self.keyword))
        };
        Ok(self.map()?.iter().map(schema).collect())
    }

    fn types(&self) -> Result<Check, Problem> {
        let names = match self.value {
            Json::List(names) => names.as_slice(),
            one => std::slice::from_ref(one),
        };
        let known = |name: &Json| TYPES.into_iter().find(|known| name.as_text() == Some(known));
        match names.iter().map(known).collect::<Option<Vec<_>>>() {
            Some(types) if !types.is_empty() => Ok(Check::Types(types)),
            _ => Err(Problem::new(
                &self.pointer,
                "`type` is not a valid type",
                format!("write one of `{}`", TYPES.join("`, `")),
            )),
        }
    }

    fn limit(&self) -> Result<Check, Problem> {
        let Json::Number(limit) = self.value else { return Err(self.wrong(self.value, "a number")) };
        let is_least = self.keyword.ends_with("inimum");
        Ok(Check::Limit { limit: limit.clone(), is_least, is_valid: !self.keyword.starts_with("exclusive") })
    }

    fn multiple(&self) -> Result<Check, Problem> {
        match self.value {
            Json::Number(unit) if unit.as_str() != "0" && !unit.as_str().starts_with('-') => {
                Ok(Check::MultipleOf(unit.clone()))
            }
            Json::Number(_) => {
                Err(Problem::new(&self.pointer, "`multipleOf` is not above 0", "write a number above 0"))
            }
            other => Err(self.wrong(other, "a number above 0")),
        }
    }

    fn contains(&self, compiler: &mut Compiler<'a>) -> Result<Check, Problem> {
        let counts = compiler.draft() >= Draft::Nineteen;
        let count =
            |key: &str| self.entries.get(key).filter(|_| counts).map(|value| self.count(value)).transpose();
        let (least, most) = (count("minContains")?.unwrap_or(1), count("maxContains")?);
        Ok(Check::Contains { schema: self.schema(compiler), least, most })
    }

    fn condition(&self, compiler: &mut Compiler<'a>) -> Check {
        let parent = self.pointer.strip_suffix("/if").unwrap_or_default();
        let condition = self.schema(compiler);
        let mut branch =
            |keyword| Some(compiler.schema(below(parent, keyword), self.entries.get(keyword)?, keyword));
        Check::If { condition, then: branch("then"), otherwise: branch("else") }
    }

    fn matching(&self, compiler: &mut Compiler<'a>) -> Result<Check, Problem> {
        let mut matching = Vec::new();
        for (pattern, value) in self.map()? {
            let pointer = below(&self.pointer, pattern);
            matching
                .push((compiler.pattern(pattern, &pointer)?, compiler.schema(pointer, value, self.keyword)));
        }
        Ok(Check::Matching(matching))
    }

    fn others(&self, compiler: &mut Compiler<'a>) -> Result<Check, Problem> {
        let keys = |keyword: &str| match self.entries.get(keyword) {
            Some(Json::Map(map)) => map.keys().cloned().collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        // Each was compiled for its own keyword, which reports its errors.
        let patterns = keys("patternProperties");
        let matching = patterns
            .iter()
            .map(|pattern| super::pattern::compile(pattern, &self.pointer))
            .collect::<Result<_, _>>()?;
        Ok(Check::Others {
            named: keys("properties").into_iter().collect(),
            matching,
            schema: self.schema(compiler),
        })
    }

    /// `items` applies to all items or, as a list in drafts before 2020-12, to the first ones; `additionalItems` applies
    /// to those after that list.
    fn items(&self, compiler: &mut Compiler<'a>) -> Result<Vec<Check>, Problem> {
        let before = |keyword: &str| match self.entries.get(keyword) {
            Some(Json::List(list)) => Some(list.len()),
            _ => None,
        };
        let check = match (self.keyword, self.value) {
            ("items", Json::List(_)) if compiler.draft() < Draft::Twenty => {
                Check::First(self.schemas(compiler)?)
            }
            ("items", Json::List(_)) => {
                let message = "`items` is a list, which draft 2020-12 calls `prefixItems`";
                return Err(Problem::new(
                    &self.pointer,
                    message,
                    "write `prefixItems`, or `$schema` of an earlier draft",
                ));
            }
            ("items", _) => Check::Remaining(before("prefixItems").unwrap_or(0), self.schema(compiler)),
            _ => match before("items") {
                Some(from) => Check::Remaining(from, self.schema(compiler)),
                None => return Ok(Vec::new()),
            },
        };
        Ok(vec![check])
    }

    fn dependencies(&self, compiler: &mut Compiler<'a>) -> Result<Vec<Check>, Problem> {
        let (mut fields, mut schemas) = (BTreeMap::new(), BTreeMap::new());
        for (name, value) in self.map()? {
            if matches!(value, Json::List(_)) {
                fields.insert(name.clone(), self.names(compiler, value)?);
            } else {
                schemas
                    .insert(name.clone(), compiler.schema(below(&self.pointer, name), value, self.keyword));
            }
        }
        Ok(vec![Check::DependentFields(fields), Check::DependentSchemas(schemas)])
    }

    fn names(&self, compiler: &mut Compiler<'a>, value: &Json) -> Result<Vec<String>, Problem> {
        let Json::List(items) = value else { return Err(self.wrong(value, "a list of names")) };
        let names: Option<Vec<String>> = items.iter().map(|item| item.as_text().map(str::to_owned)).collect();
        let names = names.ok_or_else(|| self.wrong(value, "a list of names alone"))?;
        names.iter().for_each(|name| compiler.name(name));
        Ok(names)
    }

    fn count(&self, value: &Json) -> Result<u64, Problem> {
        let number = match value {
            Json::Number(number) => number.decimal().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong(value, "a whole number of 0 or more"))
    }

    fn list(&self) -> Result<&'a [Json], Problem> {
        match self.value {
            Json::List(items) => Ok(items),
            other => Err(self.wrong(other, "a list")),
        }
    }

    fn map(&self) -> Result<&'a BTreeMap<String, Json>, Problem> {
        match self.value {
            Json::Map(entries) => Ok(entries),
            other => Err(self.wrong(other, "an object")),
        }
    }

    fn text(&self, value: &'a Json) -> Result<&'a str, Problem> {
        value.as_text().ok_or_else(|| self.wrong(value, "a string"))
    }

    fn wrong(&self, value: &Json, wanted: &str) -> Problem {
        let message = format!("`{}` is {}, not {wanted}", self.keyword, value.kind());
        Problem::new(&self.pointer, message, format!("write {wanted}"))
    }
}
