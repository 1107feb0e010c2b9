//! Rules across fields, one file each. A rule uses the typed spec for values and the tree for locations.
//!
//! An error is something that AWS refuses or that loses data; a warning is an unwise choice, which production does not
//! allow. Some rules need no file, because no spec can break them: the template gives every rule target a dead-letter
//! queue and no role, one input form that the processor gets too, both queue policies their source, every alarm its
//! treatment of missing data, the log no level of its own, and the archive every event of the rule.
//! `tests/it/construction.rs` and `pattern_corpus.rs` check those in rendered specs.

mod age_alarm_too_late;
mod alarm_evaluates_too_long;
mod alarms_notify_nobody;
mod batch_over_payload;
mod batch_without_window;
mod bus_rules;
mod canary_unwatched;
mod cloudformation_syntax;
mod cold_at_peak;
mod dead_letters_expire_first;
mod elsewhere;
mod envelope;
mod event_mapping;
mod event_schema;
mod events_too_large;
mod existing_bus;
mod expires_while_retried;
mod failed_tests;
mod few_reserved;
mod forgets_before_replay;
mod former_format;
mod hot_keys;
mod index_too_hot;
mod loss_unwatched;
mod name_taken_twice;
mod name_too_long;
mod newer_expires;
mod not_pinned;
mod not_protected;
mod one_row_a_key;
mod operator_as_text;
mod over_quotas;
mod over_reserved;
mod pattern_over_quota;
mod pattern_too_broad;
mod peak_below_average;
mod pollers_reversed;
mod pollers_with_concurrency;
mod samples;
mod service_level;
mod stack_files;
mod table_indexes;
mod test_expectations;
mod too_few_receives;
mod too_many_actions;
mod too_many_in_flight;
mod unseen_path;
mod unusable_code;
mod visibility_too_short;
mod wrong_pattern;
mod wrong_producer;

use crate::diagnostic::Diagnostic;
use crate::source::SpecTree;
use crate::spec::Spec;

/// A rule returns its diagnostics: errors if AWS refuses or data is lost, warnings if the choice is unwise.
pub(super) type Rule = fn(&Spec, &SpecTree) -> Vec<Diagnostic>;

/// All rules.
pub(super) const RULES: &[Rule] = &[
    age_alarm_too_late::check,
    alarm_evaluates_too_long::check,
    alarms_notify_nobody::check,
    batch_over_payload::check,
    batch_without_window::check,
    bus_rules::check,
    canary_unwatched::check,
    cloudformation_syntax::check,
    cold_at_peak::check,
    dead_letters_expire_first::check,
    elsewhere::check,
    envelope::check,
    event_mapping::check,
    event_schema::check,
    events_too_large::check,
    existing_bus::check,
    expires_while_retried::check,
    few_reserved::check,
    forgets_before_replay::check,
    former_format::check,
    hot_keys::check,
    index_too_hot::check,
    loss_unwatched::check,
    name_taken_twice::check,
    name_too_long::check,
    newer_expires::check,
    not_pinned::check,
    not_protected::check,
    one_row_a_key::check,
    operator_as_text::check,
    over_quotas::check,
    over_reserved::check,
    pattern_over_quota::check,
    pattern_too_broad::check,
    peak_below_average::check,
    pollers_reversed::check,
    pollers_with_concurrency::check,
    service_level::check,
    stack_files::check,
    table_indexes::check,
    test_expectations::check,
    too_few_receives::check,
    too_many_actions::check,
    too_many_in_flight::check,
    visibility_too_short::check,
    wrong_pattern::check,
    wrong_producer::check,
];

/// The results of events, separate from the others: `pipectl test` shows them in another form.
pub(super) const TRIED: &[Rule] = &[samples::check, failed_tests::check, unseen_path::check];

/// What a command needs only where it builds or decides.
pub(super) const CODE: &[Rule] = &[unusable_code::check];

/// The fields without a section whose inner field is also named and set.
fn innermost<'a>(tree: &SpecTree, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|remainder| remainder.starts_with('/')) && tree.has(inner)
    };
    let is_outer = |path: &str| fields.iter().any(|(inner, _)| is_within(inner, path));
    fields.iter().filter(|(path, _)| !is_outer(path)).copied().collect()
}

/// Puts a diagnostic at the first of the fields that the spec itself sets, and mentions the others it sets. A field left
/// out has no location: the message contains its value. If none is set, the nearest section is marked. The first field
/// needs no words: it is never mentioned.
fn at_fields(diagnostic: Diagnostic, tree: &SpecTree, fields: &[(&str, &str)]) -> Diagnostic {
    let mut given = fields.iter().filter(|(path, _)| tree.has(path));
    let Some((first, _)) = given.next() else {
        let path = fields.first().map_or("", |(path, _)| path);
        return diagnostic.at(path, tree.key_location(path));
    };
    let diagnostic = diagnostic.at(*first, tree.mark(first));
    given.fold(diagnostic, |diagnostic, (path, words)| diagnostic.related(*words, *path, tree.mark(path)))
}
