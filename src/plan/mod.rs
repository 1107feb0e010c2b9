//! Template × deployed state → Plan: what will change, and whether data is at risk.
//!
//! Our own difference of the two templates is the first source: it knows the values before and after, and it
//! needs no change set.

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

/// What a stack is made of: as deployed, or as it shall be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// Which stack, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
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
    /// What the change takes from those who read the rows.
    pub row_breaks: Vec<RowBreak>,
    /// What each update of the stack does, where it takes several: one changes one index of a table at most.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub updates: Vec<String>,
    /// Of pipectl: which made the deployed template, and which made the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Versions>,
    /// Whether the function runs another zip than the deployed one, which is the wanted one: it is set back beside CloudFormation.
    #[serde(skip)]
    pub restores_code: bool,
    /// Whether CloudFormation has nothing to do beside that: neither resources nor tags and outputs change.
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
    /// The stack is what the spec says.
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
    /// What the risk is, or what is special about the change; empty where nothing is.
    pub why: String,
    /// Why AWS will refuse the change, and what to do instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
    /// The fields of the spec that add or remove the resource; what changes one stands with its properties.
    pub cause: Vec<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<ChangeOrigin>,
    /// What readers of the rows must do for it.
    #[serde(skip)]
    readers: Vec<String>,
    /// Why rows of another version of the processor are taken for other events'.
    #[serde(skip)]
    misreads: Option<&'static str>,
    /// How its code came to be another one.
    #[serde(skip)]
    outside: Option<&'static str>,
    /// How long an outage may last before good events are dead letters.
    #[serde(skip)]
    survival: Option<String>,
    /// Whether the old resource outlives its place in the stack.
    #[serde(skip)]
    kept: bool,
    /// Whether the name of a replacement is taken.
    #[serde(skip)]
    is_taken: bool,
    /// Whether what is adopted was left by no earlier stack of this spec.
    #[serde(skip)]
    is_strange: bool,
    /// What is adopted, in the words of a template.
    #[serde(skip)]
    pub found: Option<Value>,
    /// The name of what it takes the place of, which leaves the stack.
    #[serde(skip)]
    pub former: Option<String>,
}

impl Change {
    /// The logical id of what loses data by the change: what a function does to rows, the table loses.
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
            kept: false,
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
    /// An existing resource becomes the stack's, with all that is in it.
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
    /// Whether CloudFormation makes a new resource for it.
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

/// Compares what is deployed with what shall be. `None` means there is no stack yet.
#[must_use]
pub fn plan(target: &Place, deployed: Option<&Content>, desired: &Content) -> Plan {
    let steps = deployed.map(|deployed| updates::updates(deployed, desired)).unwrap_or_default();
    let desired = &policy::written_out(desired);
    let deployed = deployed.map(policy::written_out);
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
        updates: told(&steps),
        made_by: None,
        restores_code: false,
        restores_alone: false,
    }
}

/// The words of several updates; one says nothing more than the changes do.
fn told(updates: &[Update]) -> Vec<String> {
    if updates.len() < 2 {
        return Vec::new();
    }
    updates.iter().map(|update| update.words.clone()).collect()
}

/// What a template tells of its making changes nothing, and CloudFormation takes no update of that alone.
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
    /// Takes over what only CloudFormation knows: physical ids, resources it adopts, and replacements and
    /// removals that the templates alone do not show.
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
                        // Nobody looked at it before, or nobody was allowed to: it counts as another's until it is recognised.
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
                // What is merely listed because something it refers to changes does not change itself.
                (None, None) => {}
            }
        }
    }

    /// How many updates of the stack it takes, where it takes several, and what each does.
    #[must_use]
    pub fn several_updates(&self) -> Option<String> {
        let (count, steps) = (self.updates.len(), self.updates.join(", "));
        (count > 1)
            .then(|| format!("{count} updates, as DynamoDB changes one index of a table in each: {steps}"))
    }

    /// How many resources change, in a few words.
    #[must_use]
    pub fn count(&self) -> String {
        count(&self.changes.iter().collect::<Vec<_>>())
    }

    /// Logical ids of what another resource takes the place of.
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
