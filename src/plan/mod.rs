//! Template × deployed state → Plan: what will change, and whether data is at risk.
//!
//! Our own comparison of the two templates is the first source: it has the values before and after, and needs no change
//! set.

mod adoption;
mod canary;
mod cause;
mod compatibility;
mod dashboard;
mod difference;
mod former_key;
mod holds;
mod immutable;
mod index_words;
mod indexes;
mod key;
mod obstacle;
mod outside;
mod pinned;
mod policy;
mod readers;
mod risk;
mod row_breaks;
mod row_hash;
mod survive;
mod updates;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stack::{ChangeAction, ResourceChange};

pub use adoption::{ADOPTABLE, Existing};
pub use canary::canary;
pub use cause::{Cause, ChangeOrigin, Fields, Line};
pub use compatibility::breaks;
pub use dashboard::dashboard_taken;
pub use former_key::FormerKey;
pub use holds::{Holds, NESTED_STACK, holds, outlives};
pub use indexes::index_steps;
pub use key::{key_findings, unusable};
pub use obstacle::Obstacle;
pub use risk::Risk;
pub use row_breaks::{Broken, RowBreak};
pub use updates::{STEP, Update, updates};

/// The function and the table of the templates.
const FUNCTION: &str = "Processor";
const TABLE: &str = "EventsTable";

/// The content of a stack, deployed or wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// Which stack, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub stack: String,
    pub account: String,
    pub region: String,
}

/// What an apply would do. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    pub version: u32,
    pub stack: String,
    pub account: String,
    pub region: String,
    pub action: StackAction,
    pub changes: Vec<Change>,
    /// What the change breaks for readers of the rows.
    pub row_breaks: Vec<RowBreak>,
    /// What each update of the stack does, if there are several: an update changes at most one index of a table.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<String>,
    /// Versions of pipectl: of the deployed template, and of the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Versions>,
    /// Whether the function runs another zip than the deployed one, which is the wanted one: it is reverted without
    /// CloudFormation.
    #[serde(skip)]
    pub restores_code: bool,
    /// Whether CloudFormation has nothing else to do: neither resources nor tags and outputs change.
    #[serde(skip)]
    pub restores_alone: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Versions {
    pub before: String,
    pub after: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StackAction {
    Create,
    Update,
    /// The stack matches the spec.
    None,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    pub action: Action,
    pub logical_id: String,
    #[serde(rename = "type")]
    pub resource_type: String,
    pub physical_id: Option<String>,
    pub properties: Vec<PropertyChange>,
    pub risk: Risk,
    /// The risk, or a special feature of the change; empty if there is neither.
    pub why: String,
    /// Why AWS will refuse the change, and what to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// The fields of the spec that add or remove the resource; for a modification they are at its properties.
    pub cause: Vec<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<ChangeOrigin>,
    /// What readers of the rows must do.
    #[serde(skip)]
    readers: Vec<String>,
    /// Why rows of another version of the processor are mistaken for those of other events.
    #[serde(skip)]
    misreads: Option<&'static str>,
    /// How its code was changed.
    #[serde(skip)]
    outside: Option<&'static str>,
    /// How long an outage may last before good events become dead letters.
    #[serde(skip)]
    survival: Option<String>,
    /// Whether the old resource is retained when it leaves the stack.
    #[serde(skip)]
    retained: bool,
    /// Whether the name of a replacement is taken.
    #[serde(skip)]
    is_taken: bool,
    /// Whether no earlier stack of this spec retained the adopted resource.
    #[serde(skip)]
    is_strange: bool,
    /// The properties of the adopted resource, in a template's form.
    #[serde(skip)]
    pub found: Option<Value>,
    /// The name of the resource that it replaces, which leaves the stack.
    #[serde(skip)]
    pub former: Option<String>,
}

impl Change {
    /// The logical id of the resource that loses data: a function's effect on rows is a loss of the table.
    #[must_use]
    pub fn loser(&self) -> &str {
        if self.resource_type == "AWS::Lambda::Function" { TABLE } else { &self.logical_id }
    }

    fn new(action: Action, logical_id: &str, resource_type: &str) -> Self {
        Self {
            action,
            logical_id: logical_id.to_owned(),
            resource_type: resource_type.to_owned(),
            physical_id: None,
            properties: Vec::new(),
            risk: Risk::None,
            why: String::new(),
            obstacle: None,
            cause: Vec::new(),
            origin: None,
            readers: Vec::new(),
            misreads: None,
            outside: None,
            survival: None,
            retained: false,
            is_taken: false,
            is_strange: false,
            found: None,
            former: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Add,
    /// The stack adopts an existing resource, with its data.
    Adopt,
    Modify,
    Replace,
    Remove,
}

impl Action {
    const ALL: [Self; 5] = [Self::Add, Self::Adopt, Self::Modify, Self::Replace, Self::Remove];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Adopt => "adopt",
            Self::Modify => "modify",
            Self::Replace => "replace",
            Self::Remove => "remove",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyChange {
    /// JSON pointer within the resource, such as `/Properties/MemorySize`.
    pub path: String,
    pub before: Value,
    pub after: Value,
    /// Whether CloudFormation replaces the resource.
    pub replaces: bool,
    /// The fields of the spec that change it.
    pub cause: Vec<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<ChangeOrigin>,
}

impl PropertyChange {
    fn new(path: &str, before: Value, after: Value) -> Self {
        Self { path: path.to_owned(), before, after, replaces: false, cause: Vec::new(), origin: None }
    }
}

/// Compares the deployed with the wanted content. `None` means there is no stack yet.
#[must_use]
pub fn plan(target: &Location, deployed: Option<&Content>, desired: &Content) -> Plan {
    let steps = deployed.map(|deployed| updates::updates(deployed, desired)).unwrap_or_default();
    let desired = &policy::with_explicit_policies(desired);
    let deployed = deployed.map(policy::with_explicit_policies);
    let deployed = deployed.as_ref();
    let mut row_breaks = Vec::new();
    let mut changes = match deployed {
        None => difference::all_new(&desired.template),
        Some(deployed) => {
            let mut changes = difference::between(deployed, desired);
            readers::mark(&mut changes, &deployed.template, &desired.template);
            row_breaks = row_breaks::mark(&mut changes, &deployed.template, &desired.template);
            index_words::mark(&mut changes, &deployed.template, &desired.template);
            row_hash::mark(&mut changes, &deployed.template, &desired.template);
            changes
        }
    };
    survive::mark(&mut changes, &desired.template);
    let action = match deployed {
        None => StackAction::Create,
        Some(deployed) if is_same(deployed, desired) => StackAction::None,
        Some(_) => StackAction::Update,
    };
    Plan {
        version: 1,
        stack: target.stack.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        action,
        changes,
        row_breaks,
        updates: update_words(&steps),
        made_by: None,
        restores_code: false,
        restores_alone: false,
    }
}

/// The texts of several updates; a single one adds nothing to the changes.
fn update_words(updates: &[Update]) -> Vec<String> {
    if updates.len() < 2 {
        return Vec::new();
    }
    updates.iter().map(|update| update.words.clone()).collect()
}

/// Whether only the record of how the template was made differs. CloudFormation accepts no update of that alone.
fn is_same(deployed: &Content, desired: &Content) -> bool {
    let (deployed, desired) = (&pinned::without_unused(deployed), &pinned::without_unused(desired));
    let bare = |template: &Value| {
        let mut template = template.clone();
        if let Some(Value::Object(metadata)) = template.get_mut("Metadata") {
            metadata.remove(cause::MADE_BY);
            if metadata.is_empty()
                && let Value::Object(template) = &mut template
            {
                template.remove("Metadata");
            }
        }
        template
    };
    deployed.parameters == desired.parameters
        && deployed.tags == desired.tags
        && bare(&deployed.template) == bare(&desired.template)
}

impl Plan {
    /// Takes over what only CloudFormation knows: physical ids, adopted resources, and replacements and removals that the
    /// templates alone do not show.
    pub fn learn(&mut self, seen: &[ResourceChange]) {
        for change in seen {
            let known = self.changes.iter_mut().find(|known| known.logical_id == change.logical_id);
            let certain = match change.action {
                ChangeAction::Replace => Some(Action::Replace),
                ChangeAction::Remove => Some(Action::Remove),
                ChangeAction::Add | ChangeAction::Modify | ChangeAction::Import => None,
            };
            match (known, certain) {
                (Some(known), _) => {
                    known.physical_id.clone_from(&change.physical_id);
                    if let Some(action) = certain {
                        known.action = known.action.max(action);
                        risk::assess(known);
                    }
                    if change.action == ChangeAction::Import && known.action != Action::Adopt {
                        // It was not looked up before, or the lookup was denied: it counts as another owner's until it is
                        // recognised.
                        known.action = Action::Adopt;
                        known.is_strange = true;
                        known.why =
                            "already exists, was not left by a known earlier stack of this spec, and is adopted with its data".to_owned();
                    }
                }
                (None, Some(action)) => {
                    let mut unknown = Change::new(action, &change.logical_id, &change.resource_type);
                    unknown.physical_id.clone_from(&change.physical_id);
                    risk::assess(&mut unknown);
                    self.changes.push(unknown);
                }
                // A resource that is only listed because something it refers to changes does not change itself.
                (None, None) => {}
            }
        }
    }

    /// How many updates of the stack it takes, if there are several, and what each does.
    #[must_use]
    pub fn several_updates(&self) -> Option<String> {
        let (count, steps) = (self.updates.len(), self.updates.join(", "));
        (count > 1)
            .then(|| format!("{count} updates, as DynamoDB changes one index of a table in each: {steps}"))
    }

    /// The number of resources that change, as a short text.
    #[must_use]
    pub fn count(&self) -> String {
        count(&self.changes.iter().collect::<Vec<_>>())
    }

    /// Logical ids of replaced resources.
    #[must_use]
    pub fn replaced(&self) -> BTreeSet<String> {
        let replaced = self.changes.iter().filter(|change| change.action == Action::Replace);
        replaced.map(|change| change.logical_id.clone()).collect()
    }

    /// The changes that AWS will refuse.
    pub fn obstacles(&self) -> impl Iterator<Item = (&Change, &Obstacle)> {
        self.changes.iter().filter_map(|change| Some((change, change.obstacle.as_ref()?)))
    }

    /// The changes that lose data.
    pub fn losing(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.risk == Risk::DataLoss)
    }
}

fn count(changes: &[&Change]) -> String {
    let of = |action| changes.iter().filter(|change| change.action == action).count();
    let words: Vec<String> = Action::ALL
        .into_iter()
        .filter(|action| of(*action) > 0)
        .map(|action| format!("{} to {}", of(action), action.word()))
        .collect();
    if words.is_empty() { "only parameters, tags or outputs change".to_owned() } else { words.join(", ") }
}
