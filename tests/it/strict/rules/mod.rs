//! The rules, one per file, and the table of all of them.

mod bucket_owner;
mod capabilities;
mod delete_options;
mod entry_size;
mod identical_version;
mod import_owner;
mod import_policy;
mod import_together;
mod index_building;
mod index_per_update;
mod monitoring_time;
mod null_value;
mod object_version;
mod on_stack_failure;
mod previous_template;
mod protected_table;
mod purge_pause;
mod request_rate;
mod reserved_concurrency;
mod revert_drift;
mod stack_policy_denial;
mod stack_policy_ids;
mod stack_policy_removal;
mod stack_policy_size;
mod stack_state;
mod taken_name;
mod template_size;
mod termination_missing_stack;
mod termination_protection;
mod ttl_attribute;
mod ttl_hourly;
mod unknown_bus;
mod wildcard_complexity;

use super::scene::Rule;

pub(crate) const RULES: &[Rule] = &[
    bucket_owner::RULE,
    capabilities::RULE,
    delete_options::RULE,
    entry_size::RULE,
    identical_version::RULE,
    import_owner::RULE,
    import_policy::RULE,
    import_together::RULE,
    index_building::RULE,
    index_per_update::RULE,
    monitoring_time::RULE,
    null_value::RULE,
    object_version::RULE,
    on_stack_failure::RULE,
    previous_template::RULE,
    protected_table::RULE,
    purge_pause::RULE,
    request_rate::RULE,
    reserved_concurrency::RULE,
    revert_drift::RULE,
    stack_policy_denial::RULE,
    stack_policy_ids::RULE,
    stack_policy_removal::RULE,
    stack_policy_size::RULE,
    stack_state::RULE,
    taken_name::RULE,
    template_size::RULE,
    termination_missing_stack::RULE,
    termination_protection::RULE,
    ttl_attribute::RULE,
    ttl_hourly::RULE,
    unknown_bus::RULE,
    wildcard_complexity::RULE,
];

/// Rules that pipectl is known to break: recorded, and not enforced until that is fixed.
pub(crate) const RECORDED: &[&str] = &[];
