//! The alarms on the service level: the expressions of the rendered template, evaluated as CloudWatch would, over the
//! metrics of pipelines with replays, stops, poison or no incident.

mod metrics;
mod pipeline;

use std::ops::Range;

use serde_json::{Value, json};

use crate::values::rendered;
use metrics::{Alarms, checked};
use pipeline::{Minute, Pipeline};

/// Events a minute.
const TRAFFIC: u64 = 100;
/// When the incident begins: the longest window is full by then.
const THEN: usize = 420;

fn spec(more: &Value) -> Value {
    let mut spec = json!({
        "version": 1, "name": "orders", "environment": "prod", "bus": {"pattern": {"source": ["orders"]}}, "slo": {},
    });
    spec.as_object_mut().expect("a map").extend(more.as_object().cloned().unwrap_or_default());
    spec
}

fn template() -> Value {
    rendered(&spec(&json!({})).to_string()).parsed
}

/// The minutes in which each of the two alarms fires, out of `minutes` whose content is given by `at`.
fn fired(template: &Value, minutes: usize, at: impl Fn(usize) -> Minute) -> [Vec<usize>; 2] {
    let series = Pipeline::default().run((0..minutes).map(at));
    let alarms = Alarms::of(template);
    ["FastBurnAlarm", "SlowBurnAlarm"]
        .map(|alarm| (0..minutes).filter(|minute| alarms.fires(alarm, &series, *minute)).collect())
}

fn steady() -> Minute {
    Minute { new: TRAFFIC, capacity: 1_000, ..Minute::default() }
}

/// Steady traffic, except for the minutes of `other`.
fn but(minutes: Range<usize>, other: Minute) -> impl Fn(usize) -> Minute {
    move |minute| if minutes.contains(&minute) { other } else { steady() }
}

#[test]
fn a_stopped_processor_uses_the_budget_up_until_it_is_back() {
    let stopped = Minute { capacity: 0, ..steady() };
    let [fast, slow] = fired(&template(), THEN + 120, but(THEN..THEN + 30, stopped));
    // The minute of the limit, and the one in which enough events wait longer.
    assert!((THEN + 1..THEN + 4).contains(&fast[0]), "{fast:?}");
    assert!((THEN + 1..THEN + 6).contains(&slow[0]), "{slow:?}");
    // The backlog is processed in four minutes; the short windows clear after five, and after thirty minutes.
    let last = |minutes: &[usize]| minutes.last().copied().expect("a minute");
    assert!((THEN + 30..THEN + 41).contains(&last(&fast)), "{fast:?}");
    assert!((THEN + 55..THEN + 66).contains(&last(&slow)), "{slow:?}");
    for minutes in [&fast, &slow] {
        assert_eq!(minutes.len(), last(minutes) - minutes[0] + 1, "it fires without a gap: {minutes:?}");
    }

    // It does not end by itself, however long nobody reacts.
    let [fast, slow] = fired(&template(), THEN + 900, but(THEN..THEN + 900, stopped));
    assert_eq!((fast.last(), slow.last()), (Some(&(THEN + 899)), Some(&(THEN + 899))));
    assert!(fast.len() > 895 && slow.len() > 893, "{} {}", fast.len(), slow.len());
}

#[test]
fn a_replay_of_a_day_uses_nothing_up_and_hides_no_outage_for_long() {
    let day = TRAFFIC * 60 * 24;
    let replayed = Minute { replayed: day / 30, ..steady() };
    let none: [Vec<usize>; 2] = [vec![], vec![]];
    for capacity in [10_000, 1_000, 300] {
        let at = but(THEN..THEN + 30, replayed);
        let slow = move |minute| Minute { capacity, ..at(minute) };
        assert_eq!(fired(&template(), THEN + 800, slow), none, "{capacity} a minute");
    }
    // A redrive from a dead-letter queue does not count for the service either.
    let sent_back = Minute { replayed: 3_000, ..steady() };
    assert_eq!(fired(&template(), THEN + 400, but(THEN..THEN + 1, sent_back)), none);

    let crashed = move |minute: usize| match minute {
        ..THEN => steady(),
        minute if minute < THEN + 30 => replayed,
        _ => Minute { capacity: 0, ..steady() },
    };
    let [fast, slow] = fired(&template(), THEN + 120, crashed);
    assert!(fast[0] <= THEN + 30 + 7 && slow[0] <= THEN + 30 + 32, "{} {}", fast[0], slow[0]);
}

#[test]
fn poison_fires_the_alarm_for_its_rate() {
    let none: Vec<usize> = vec![];
    // 1 % is ten times what 99.9 % allows: too much for six hours, and not yet for one.
    let one = Minute { poison: 1, ..steady() };
    let [fast, slow] = fired(&template(), THEN + 420, but(THEN..THEN + 420, one));
    assert_eq!((&fast, slow.last()), (&none, Some(&(THEN + 419))));
    assert!((THEN + 200..THEN + 240).contains(&slow[0]), "0.6 of 1 % in 216 of 360 minutes: {}", slow[0]);
    // 2 % is twenty times as much, which an hour shows after 43 minutes.
    let two = Minute { poison: 2, ..steady() };
    let [fast, slow] = fired(&template(), THEN + 420, but(THEN..THEN + 420, two));
    assert!((THEN + 40..THEN + 48).contains(&fast[0]) && !slow.is_empty(), "{fast:?}");
    // 0.5 % uses up the budget too fast for a month, but at five times the pace: nobody is woken up.
    let every_other = |minute: usize| Minute { poison: (minute % 2) as u64, ..steady() };
    assert_eq!(fired(&template(), THEN + 420, every_other), [none.clone(), none]);
}

#[test]
fn what_never_reaches_the_queue_is_bad_as_well() {
    for other in [Minute { undelivered: 2, ..steady() }, Minute { lost: 2, ..steady() }] {
        let [fast, slow] = fired(&template(), THEN + 120, but(THEN..THEN + 120, other));
        assert!(!fast.is_empty() && !slow.is_empty());
    }
    let late = Minute { seconds: 61, ..steady() };
    let [fast, _] = fired(&template(), THEN + 10, but(THEN..THEN + 10, late));
    assert_eq!(fast[0], THEN, "every event of the minute is late");
}

#[test]
fn without_traffic_nothing_fires_and_an_old_message_alone_is_no_outage() {
    let none: [Vec<usize>; 2] = [vec![], vec![]];
    assert_eq!(fired(&template(), 900, |_| Minute { capacity: 10, ..Minute::default() }), none);
    let rare = |minute: usize| Minute { new: u64::from(minute.is_multiple_of(240)), ..steady() };
    assert_eq!(fired(&template(), 1_500, rare), none);
    // One event is retried for hours, beside those that are stored.
    let stuck = Minute { stuck: 1, ..steady() };
    assert_eq!(fired(&template(), THEN + 400, but(THEN..THEN + 400, stuck)), none);
}

/// Each part of the expressions is needed for one of the cases above.
#[test]
fn without_any_part_one_of_them_fails() {
    let without = |from: &str, to: &str| -> Value {
        let text = template().to_string();
        assert!(text.contains(from), "{from}");
        serde_json::from_str(&text.replace(from, to)).expect("JSON")
    };
    let stopped = Minute { capacity: 0, ..steady() };
    let blind = without(" + waiting", "");
    assert!(fired(&blind, THEN + 30, but(THEN..THEN + 30, stopped))[0].is_empty());
    let replayed = Minute { replayed: 4_800, ..steady() };
    for ungated in [
        without(" AND FILL(uncounted, 0) * 5 <= FILL(good, 0) + FILL(bad, 0)", ""),
        without(" AND FILL(uncounted, 0) * 30 <= FILL(good, 0) + FILL(bad, 0)", ""),
    ] {
        let [fast, slow] = fired(&ungated, THEN + 100, but(THEN..THEN + 30, replayed));
        assert!(!fast.is_empty() || !slow.is_empty());
    }
    // Waiting events count however old the oldest is: otherwise a burst that is processed in time is an outage.
    let young = without("FILL(oldest, 0) > 60 AND ", "");
    let burst = Minute { new: 3_000, capacity: 2_000, ..steady() };
    let once = || but(THEN..THEN + 1, burst);
    assert!(!fired(&young, THEN + 5, once())[0].is_empty());
    assert!(fired(&template(), THEN + 5, once())[0].is_empty());
}

/// What CloudWatch accepts for an alarm, with the fewest and the most rules, and at both ends of the range that a spec
/// may set.
#[test]
fn cloudwatch_takes_the_alarms() {
    let rules: Vec<Value> =
        (0..20).map(|number| json!({"pattern": {"source": [format!("s{number}")]}})).collect();
    let many = json!({"bus": {"pattern": {"source": ["orders"]}, "rules": rules}});
    let on_default = json!({"bus": {"pattern": {"source": ["orders"]}, "existing": "default"}});
    let least = json!({"slo": {"stored_within_seconds": 3600, "percent": 95}});
    let most = json!({"slo": {"stored_within_seconds": 20, "percent": 99.99}});
    for more in [json!({}), many, on_default, least, most] {
        let spec = spec(&more);
        let template = rendered(&spec.to_string()).parsed;
        checked(&template);
        let percent = spec["slo"]["percent"].as_f64().unwrap_or(99.9);
        let threshold =
            |id: &str| template["Resources"][id]["Properties"]["Threshold"].as_f64().expect("a number");
        for (id, rate) in
            [("FastBurnLongAlarm", 14.4), ("FastBurnShortAlarm", 14.4), ("SlowBurnLongAlarm", 6.0)]
        {
            assert!((threshold(id) - rate * (100.0 - percent)).abs() < 1e-6, "{id}: {}", threshold(id));
            assert!(threshold(id) < 100.0, "a full outage reaches it");
        }
    }
    let mut without = spec(&json!({}));
    without.as_object_mut().expect("a map").remove("slo");
    let without = rendered(&without.to_string()).parsed;
    assert!(!without.to_string().contains("SloGood") && !without.to_string().contains("BurnAlarm"));
}

/// Every alarm of the service level is on the dashboard or part of one that is, and its description names the command.
#[test]
fn the_alarms_notify_and_name_the_next_command() {
    let template = rendered(
        &spec(&json!({"alarms": {"notify": ["arn:aws:sns:eu-west-1:012345678901:pager"]}})).to_string(),
    );
    for id in ["FastBurnAlarm", "SlowBurnAlarm"] {
        let alarm = &template.parsed["Resources"][id]["Properties"];
        let description = alarm["AlarmDescription"].as_str().expect("text");
        assert!(description.ends_with("Next: pipectl status SPEC --watch"), "{description}");
        let actions = json!([{"Ref": "AlarmTopic"}, "arn:aws:sns:eu-west-1:012345678901:pager"]);
        assert_eq!((&alarm["AlarmActions"], &alarm["OKActions"]), (&actions, &actions));
        let name = alarm["AlarmName"].as_str().expect("text");
        assert!(
            template.text.contains(&format!(":alarm:{name}\""))
                || template.text.contains(&format!("alarm:{name}"))
        );
    }
}
