//! Template × deployed state → Plan: what will change, and whether data is at risk.
//!
//! Our own difference of the two templates is the first source: it knows the values before and after, and it
//! needs no change set.

mod canary;
mod difference;
mod immutable;
mod risk;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::stack::{ChangeAction, ResourceChange};

pub use canary::canary;
pub use risk::Risk;

/// What a stack is made of: as deployed, or as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    pub template: Value,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

/// Which stack, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Add,
    Modify,
    Replace,
    Remove,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PropertyChange {
    /// JSON pointer within the resource, such as `/Properties/MemorySize`.
    pub path: String,
    pub before: Value,
    pub after: Value,
    /// Whether CloudFormation makes a new resource for it.
    pub replaces: bool,
}

/// Compares what is deployed with what shall be. `None` means there is no stack yet.
#[must_use]
pub fn plan(target: &Target, deployed: Option<&Content>, desired: &Content) -> Plan {
    let changes = match deployed {
        None => difference::all_new(&desired.template),
        Some(deployed) => difference::between(deployed, desired),
    };
    let action = match deployed {
        None => StackAction::Create,
        Some(deployed) if deployed == desired => StackAction::None,
        Some(_) => StackAction::Update,
    };
    Plan {
        version: 1,
        stack: target.stack.clone(),
        account: target.account.clone(),
        region: target.region.clone(),
        action,
        changes,
    }
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
                    if change.action == ChangeAction::Import {
                        known.why = "exists already and is adopted with its data".to_owned();
                    }
                }
                (None, Some(action)) => {
                    let mut unknown = Change {
                        action,
                        logical_id: change.logical_id.clone(),
                        resource_type: change.resource_type.clone(),
                        physical_id: change.physical_id.clone(),
                        properties: Vec::new(),
                        risk: Risk::None,
                        why: String::new(),
                    };
                    risk::assess(&mut unknown);
                    self.changes.push(unknown);
                }
                // What is merely listed because something it refers to changes does not change itself.
                (None, None) => {}
            }
        }
    }

    /// The changes that lose data and are not among the accepted logical ids.
    pub fn unaccepted<'a>(&'a self, accepted: &'a [String]) -> impl Iterator<Item = &'a Change> {
        self.changes
            .iter()
            .filter(|change| change.risk == Risk::DataLoss && !accepted.contains(&change.logical_id))
    }
}
