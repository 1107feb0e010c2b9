//! The rules, one a file, and the table of all of them.

mod import_owner;
mod import_policy;
mod index_per_update;
mod null_value;
mod protected_table;
mod stack_policy_ids;
mod stack_policy_removal;
mod stack_policy_size;
mod taken_name;
mod template_size;
mod ttl_hourly;

use super::scene::Rule;

pub(crate) const RULES: &[Rule] = &[
    import_owner::RULE,
    import_policy::RULE,
    index_per_update::RULE,
    null_value::RULE,
    protected_table::RULE,
    stack_policy_ids::RULE,
    stack_policy_removal::RULE,
    stack_policy_size::RULE,
    taken_name::RULE,
    template_size::RULE,
    ttl_hourly::RULE,
];

/// Rules that pipectl is known to break: recorded, and not enforced until it does not.
pub(crate) const RECORDED: &[&str] = &[
    "import_owner",
    "import_policy",
    "index_per_update",
    "null_value",
    "protected_table",
    "stack_policy_ids",
    "stack_policy_removal",
    "stack_policy_size",
    "taken_name",
    "template_size",
    "ttl_hourly",
];
