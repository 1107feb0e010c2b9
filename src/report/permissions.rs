use std::collections::{BTreeMap, BTreeSet};

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{printable, style};
use crate::permissions::{By, INLINE_CHARACTERS, MANAGED_CHARACTERS, Permissions, Policy, by_command};

/// Columns of a list of actions before it is wrapped.
const WIDTH: usize = 84;

/// The calls of each command, and CloudFormation's calls for it.
#[must_use]
pub fn permissions_text(permissions: &Permissions, role: Option<&str>) -> String {
    let mut own = table([" command", "service", "actions"]);
    let mut former = None;
    let mut tolerated = false;
    for ((command, service), actions) in by_command(&permissions.caller) {
        let name = if former == Some(command) { "" } else { command.name() };
        former = Some(command);
        let actions = actions.into_iter().map(|(action, optional)| {
            tolerated |= optional;
            action + if optional { "?" } else { "" }
        });
        own.add_row([format!(" {name}"), service, wrapped(actions)]);
    }
    let mut text = trimmed(&own);
    if tolerated {
        text.push_str(&format!("\n\n {}", style::dim("? pipectl works without it")));
    }
    let by = match role {
        None => (" CloudFormation, with the caller's permissions", Some(&permissions.caller)),
        Some(_) => (" CloudFormation, as the service role", permissions.service_role.as_ref()),
    };
    let kinds = by.1.map(by_kind).unwrap_or_default();
    if !kinds.is_empty() {
        let mut table = table([by.0, "", ""]);
        for (kind, actions) in kinds {
            let services: BTreeMap<&str, BTreeSet<&str>> = actions
                .iter()
                .filter_map(|action| action.split_once(':'))
                .fold(BTreeMap::new(), |mut services, (service, action)| {
                    services.entry(service).or_default().insert(action);
                    services
                });
            for (index, (service, actions)) in services.into_iter().enumerate() {
                let name = if index == 0 { kind } else { "" };
                table.add_row([
                    format!(" {name}"),
                    service.to_owned(),
                    wrapped(actions.into_iter().map(str::to_owned)),
                ]);
            }
        }
        text = format!("{text}\n\n{}", trimmed(&table));
    }
    if let Some(boundary) = &permissions.caller.boundary {
        text.push_str(&format!("\n\n roles only with the permissions boundary {boundary}"));
    }
    text
}

/// Sizes, and what the policy cannot contain; `former`: the stack that is adopted; `flags`: the AWS CLI's flags for its
/// account.
#[must_use]
pub fn permissions_notes(found: &Permissions, former: Option<&str>, flags: &str) -> String {
    let mut lines = Vec::new();
    let policies = [("policy", Some(&found.caller)), ("service role", found.service_role.as_ref())];
    for (name, policy) in policies {
        let Some(policy) = policy else { continue };
        let parts = policy.parts().len();
        let parts =
            if parts == 1 { "1 managed policy".to_owned() } else { format!("{parts} managed policies") };
        lines.push(format!(
            "  {name:<14}{} characters: {parts} (of {MANAGED_CHARACTERS}), or inline (of {INLINE_CHARACTERS} in all)",
            policy.characters()
        ));
    }
    for kind in &found.unknown {
        lines.push(format!(
            "  not covered   what CloudFormation calls for {kind}; see `handlers` in the schema that `aws cloudformation \
             describe-type --type RESOURCE --type-name {kind}{flags}` prints",
            kind = printable(kind),
            flags = printable(flags)
        ));
    }
    if let Some(former) = former.map(printable) {
        lines.push(format!(
            "  not covered   what CloudFormation calls to delete the resources of {former} that the spec does not have; \
             `aws cloudformation list-stack-resources --stack-name {former}{}` shows their types",
            printable(flags)
        ));
    }
    lines.join("\n")
}

fn by_kind(policy: &Policy) -> BTreeMap<&'static str, BTreeSet<&str>> {
    let mut kinds: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
    for grant in &policy.grants {
        if let By::CloudFormation(kind) = grant.by {
            kinds.entry(kind).or_default().insert(&grant.action);
        }
    }
    kinds
}

fn table(heads: [&str; 3]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    // Without colour: the table would count control codes as columns.
    table.add_row(heads);
    table
}

/// Actions separated by commas, in lines of at most `WIDTH` columns.
fn wrapped(actions: impl Iterator<Item = String>) -> String {
    let mut lines = vec![String::new()];
    for action in actions {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            *line = action;
        } else if line.len() + action.len() + 2 <= WIDTH {
            line.push_str(&format!(", {action}"));
        } else {
            line.push(',');
            lines.push(action);
        }
    }
    lines.join("\n")
}

fn trimmed(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
