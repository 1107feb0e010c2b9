//! DynamoDB creates or deletes one index of a table at a time, and CloudFormation does not do so one after another: a
//! change of several indexes is several updates of the stack.
//!
//! Deletions come first, then everything else, then creations. An update that changes an index changes nothing else, as
//! CloudFormation advises, because an index is not rolled back when another part of its update fails. And the processor
//! gets the keys of an index before it exists, and drops them after it is deleted, because DynamoDB refuses rows whose
//! keys an index cannot accept.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::indexes::{IndexChanges, index_changes, without_indexes};
use super::{Content, cause, is_same};

/// Marks a template, in our metadata, as one step of several.
pub const STEP: &str = "step";
/// The value of that mark.
const INDEXES: &str = "indexes";

/// One update of several towards the wanted content.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    pub content: Content,
    /// Whether it makes all changes except those of indexes; otherwise it only changes indexes.
    pub is_remainder: bool,
    /// What it does.
    pub words: String,
}

/// The updates from the deployed to the wanted content, in order: each changes at most one index of a table, and the last
/// one's content is the wanted one. Started from the content of one of them, it returns the remaining ones.
#[must_use]
pub fn updates(deployed: &Content, desired: &Content) -> Vec<Update> {
    let changes = index_changes(&deployed.template, &desired.template);
    let longest =
        |of: fn(&IndexChanges) -> &BTreeSet<String>| changes.values().map(|one| of(one).len()).max();
    let deletions = longest(|one| &one.deleted).unwrap_or_default();
    let makings = longest(|one| &one.made).unwrap_or_default();
    let mut updates = Vec::new();
    for number in 1..=deletions {
        let content = begun(lacking(deployed, &changes, |one| first(&one.deleted, number)), deployed);
        let words = named("delete", &changes, |one| nth(&one.deleted, number));
        updates.push(Update { content, is_remainder: false, words });
    }
    let before = lacking(deployed, &changes, |one| one.deleted.clone());
    let remainder = lacking(desired, &changes, |one| one.made.clone());
    if !is_same(&sorted(&before), &sorted(&remainder)) || updates.len() + makings == 0 {
        let words = "everything else".to_owned();
        updates.push(Update { content: begun(remainder, deployed), is_remainder: true, words });
    }
    for number in 1..=makings {
        let left = |one: &IndexChanges| one.made.iter().skip(number).cloned().collect();
        let content = begun(lacking(desired, &changes, left), deployed);
        let words = named("create", &changes, |one| nth(&one.made, number));
        updates.push(Update { content, is_remainder: false, words });
    }
    if let Some(last) = updates.last_mut() {
        last.content = desired.clone();
    }
    updates
}

fn lacking(
    content: &Content,
    changes: &BTreeMap<String, IndexChanges>,
    which: impl Fn(&IndexChanges) -> BTreeSet<String>,
) -> Content {
    let mut content = content.clone();
    for (table, one) in changes {
        without_indexes(&mut content.template, table, &which(one));
    }
    content
}

/// Marked as a step, so that a rollback does not use it; with the deployed spec, so that the remaining changes are
/// attributed to the fields that changed since.
fn begun(mut content: Content, deployed: &Content) -> Content {
    let spec = deployed.template["Metadata"][cause::MADE_BY]["spec"].clone();
    if let Some(Value::Object(ours)) =
        content.template.get_mut("Metadata").and_then(|all| all.get_mut(cause::MADE_BY))
    {
        // If the table is also being replaced, that mark takes precedence.
        ours.entry(STEP).or_insert_with(|| INDEXES.into());
        if spec.is_string() {
            ours.insert("spec".to_owned(), spec);
        }
    }
    content
}

/// The order of the attribute definitions has no meaning.
fn sorted(content: &Content) -> Content {
    let mut content = content.clone();
    for (_, resource) in content.template["Resources"].as_object_mut().into_iter().flatten() {
        let defined = resource.pointer_mut("/Properties/AttributeDefinitions");
        if let Some(defined) = defined.and_then(Value::as_array_mut) {
            defined.sort_by_key(|one| one["AttributeName"].to_string());
        }
    }
    content
}

fn first(names: &BTreeSet<String>, number: usize) -> BTreeSet<String> {
    names.iter().take(number).cloned().collect()
}

fn nth(names: &BTreeSet<String>, number: usize) -> Option<&String> {
    names.iter().nth(number - 1)
}

fn named(
    verb: &str,
    changes: &BTreeMap<String, IndexChanges>,
    which: impl Fn(&IndexChanges) -> Option<&String>,
) -> String {
    let names: Vec<String> = changes.values().filter_map(which).map(|name| format!("`{name}`")).collect();
    let noun = if names.len() == 1 { "index" } else { "indexes" };
    format!("{verb} the {noun} {}", names.join(" and "))
}

/// The same for an adopted table.
pub(super) fn of_found(id: &str, found: &Value, desired: &Value) -> Vec<Update> {
    let content = |template: Value| Content { template, parameters: BTreeMap::new(), tags: BTreeMap::new() };
    let before = json!({"Resources": {id: {"Type": desired["Resources"][id]["Type"], "Properties": found}}});
    updates(&content(before), &content(desired.clone()))
}

#[cfg(test)]
mod tests;
