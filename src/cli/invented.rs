//! The events that one run of `send` generates: valid ones, duplicates, and invalid ones that must become dead letters.

use clap::Args;
use jiff::Timestamp;
use processor::config::{Config, Input};
use processor::mapping::Identity;
use processor::reason::{Class, Reason, Rejection};
use serde_json::Value;

use super::{Stop, forecast};
use crate::diagnostic::{Failure, codes};
use crate::operate::{Added, BusEvent, Inventor, POISONS, QueueEvent, RuleSample, poisoned, scramble};
use crate::source::SpecTree;
use crate::spec::Spec;
use crate::validate::Patterns;

/// The time of seeded events, less the seed: 2026-01-01 in UTC.
const SEEDED: i64 = 1_767_225_600;

/// How events are generated.
#[derive(Debug, Default, Args)]
pub(super) struct Invention {
    /// Generate the same events in every run with this number: sent again, they are duplicates.
    #[arg(long, conflicts_with = "event")]
    seed: Option<u32>,
    /// Send this share of the events twice, such as `10%`.
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "event")]
    pub(super) duplicates: Option<f64>,
    /// Make this share of the events invalid, such as `1%`, so that the processor rejects them for several
    /// reasons. With `--wait` they must become dead letters.
    #[arg(long, value_name = "SHARE", value_parser = share, conflicts_with = "event")]
    poison: Option<f64>,
}

/// The expected result of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A row.
    Good,
    /// A dead letter.
    Poison(Reason),
    /// No new row: a repetition of the event at this index.
    Again(usize),
}

fn share(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').unwrap_or(text).parse::<f64>().ok();
    let share = percent.map(|percent| percent / 100.0).filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a share such as `10%`".to_owned())
}

/// Whether the event of this number belongs to the share. The share is spread evenly over all numbers.
fn is_due(share: Option<f64>, number: u64) -> bool {
    let whole = |number: u64| (number as f64).mul_add(share.unwrap_or_default(), 1e-9).floor();
    whole(number + 1) > whole(number)
}

impl Invention {
    /// Generates this many events, each with its expected result.
    ///
    /// # Errors
    /// No event can be generated that the patterns match and the processor accepts, or none can be made invalid.
    pub(super) fn events(
        &self,
        count: u64,
        spec: &Spec,
        tree: &SpecTree,
        config: &Config,
    ) -> Result<(Vec<BusEvent>, Vec<Role>), Stop> {
        let now = match self.seed {
            Some(seed) => Timestamp::from_second(SEEDED + i64::from(seed)).unwrap_or_default(),
            None => Timestamp::now(),
        };
        let run = self.seed.map(|seed| scramble(seed.into()));
        let run = run.unwrap_or_else(|| now.as_nanosecond().unsigned_abs() as u64);
        let judge = Judge::of(spec, config);
        let accepts = |event: &BusEvent| match judge.refusal(event)? {
            Some(rejection) => Err(format!("the processor rejects it: {rejection}")),
            None => Ok(()),
        };
        let inventor = Inventor::new(spec, config.event.clone(), (run, now), samples(tree), &accepts);
        let inventor = inventor.map_err(|reason| {
            let message = format!("no event that becomes a row could be generated: {reason}");
            let help = "name one of your events under `bus.samples.match`, or send one with `--event FILE`";
            Stop::Failure(Failure::failed(codes::SEND_INVALID_EVENT, message, help))
        })?;
        let kinds = if self.poison.is_some() { judge.kinds(&inventor)? } else { Vec::new() };
        let (mut events, mut roles) = (Vec::new(), Vec::new());
        let (mut good, mut spoiled) = (0, 0);
        for number in 0..count {
            let event = inventor.event(number);
            if is_due(self.poison, number) {
                let (kind, reason) = kinds[spoiled % kinds.len()];
                spoiled += 1;
                events.push(poisoned(&event, &config.event, kind, &format!("{run:016x}-{number:06}")));
                roles.push(Role::Poison(reason));
                continue;
            }
            let original = events.len();
            if is_due(self.duplicates, good) {
                events.push(event.clone());
                roles.extend([Role::Good, Role::Again(original)]);
            } else {
                roles.push(Role::Good);
            }
            events.push(event);
            good += 1;
        }
        Ok((events, roles))
    }

    /// Refuses duplicates on a bus whose identity is the event id: the second event would have an id of its own.
    pub(super) fn check(&self, to_bus: bool, config: &Config) -> Result<(), Stop> {
        if self.duplicates.is_none() || !to_bus || config.event.identity != Identity::EventId {
            return Ok(());
        }
        Err(Stop::Failure(Failure::failed(
            codes::SEND_INVALID_EVENT,
            "`--duplicates` to the bus creates conflicts: the bus gives the second event a new id, and `event.identity` is `event_id`",
            "add `--to queue`, where both have the same id",
        )))
    }
}

/// The samples that must match, each with its rule.
pub(super) fn samples(tree: &SpecTree) -> Vec<RuleSample> {
    let expected = tree.samples().iter().filter(|sample| sample.expected);
    let read = expected.filter_map(|sample| Some((sample.rule, sample.event.as_ref().ok()?.fields.clone())));
    read.map(|(rule, fields)| (rule.map_or(0, |rule| rule + 1), fields)).collect()
}

/// Whether an event would become a row, by the spec's patterns and the processor's own decision.
pub(super) struct Judge<'a> {
    config: &'a Config,
    patterns: Option<Patterns>,
    added: Added<'a>,
}

impl<'a> Judge<'a> {
    pub(super) fn of(spec: &'a Spec, config: &'a Config) -> Self {
        let account = spec.deploy.account.as_deref().unwrap_or("000000000000");
        let region = spec.deploy.region.as_deref().unwrap_or("us-east-1");
        let added = Added { account, region, now: Timestamp::now() };
        // Patterns are validated with the spec.
        Self { config, patterns: Patterns::of(spec).ok(), added }
    }

    /// Why the processor rejects the event; `None` if it does not.
    ///
    /// # Errors
    /// Why no pattern matches it.
    pub(super) fn refusal(&self, event: &BusEvent) -> Result<Option<Rejection>, String> {
        let whole = QueueEvent::of(event, self.added, 0);
        if let Some(patterns) = &self.patterns {
            let envelope: Value = serde_json::from_str(&whole.body).unwrap_or_default();
            patterns
                .matching(&envelope, None)
                .map_err(|reason| format!("no pattern matches it: {reason}"))?;
        }
        let body = if self.config.input == Input::Detail { &event.detail } else { &whole.body };
        Ok(forecast::refusal(self.config, body))
    }

    /// The kinds of invalid events that the patterns still match, one for each reason of rejection.
    fn kinds(&self, inventor: &Inventor) -> Result<Vec<(usize, Reason)>, Stop> {
        let mut kinds: Vec<(usize, Reason)> = Vec::new();
        for kind in 0..POISONS {
            let event = poisoned(&inventor.event(0), &self.config.event, kind, "0");
            let Ok(Some(Rejection { reason, .. })) = self.refusal(&event) else { continue };
            if reason.class() == Class::Permanent && kinds.iter().all(|(_, known)| *known != reason) {
                kinds.push((kind, reason));
            }
        }
        if kinds.is_empty() {
            let message =
                "no invalid event could be generated that the patterns match and the processor rejects";
            let help = "send one with `--event FILE`";
            return Err(Stop::Failure(Failure::failed(codes::SEND_INVALID_EVENT, message, help)));
        }
        Ok(kinds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact_over_any_number_of_events() {
        for (text, of, expected) in [("10%", 1000, 100), ("1%", 250, 2), ("100", 7, 7), ("0%", 9, 0)] {
            let share = share(text).ok();
            let due = (0..of).filter(|number| is_due(share, *number)).count();
            assert_eq!(due, expected, "{text} of {of}");
        }
        assert!(share("101%").is_err() && share("x").is_err() && share("-1%").is_err());
    }
}
