//! Which value is the instant that rows are sorted by.

use jiff::{SignedDuration, Timestamp};
use processor::event::Event;
use processor::instant::{from_epoch, normalise};
use processor::json::Json;
use processor::mapping::Format;
use processor::path::{Path, Step};

use super::leaves::{Leaf, text};
use super::lexicon::{self, any};
use super::subject::Subject;

/// The score from which an instant of the detail is preferred to the envelope's.
const CLEAR: i32 = 5;
/// Seconds since 1970 for the years 2001 to 2099.
const SECONDS: std::ops::Range<f64> = 1e9..4.1e9;
const MILLISECONDS: std::ops::Range<f64> = 1e12..4.1e12;
/// How far a sender's clock may be ahead of EventBridge's.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// An instant that all events have, and why the rows are sorted by it.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub path: Path,
    pub format: Format,
    /// In stored form; empty for the envelope's time.
    pub instants: Vec<String>,
    /// Whether it is in the object of the key, and not beside everything.
    pub is_of_object: bool,
    /// Whether its name says that the object changed then.
    pub is_change: bool,
    /// Whether its name has the verb of the event types.
    pub is_mentioned: bool,
    score: i32,
    pub why: &'static str,
}

impl Moment {
    fn of_envelope() -> Option<Self> {
        Some(Self {
            path: "$.time".parse().ok()?,
            format: Format::Timestamp,
            instants: Vec::new(),
            is_of_object: false,
            is_change: false,
            is_mentioned: false,
            score: CLEAR,
            why: "no field in all details says when the event happened, so the envelope's time is used, in whole seconds",
        })
    }

    pub(super) fn is_of_envelope(&self) -> bool {
        !self.path.is_of_detail()
    }

    /// Whether one of the instants has a fraction of a second.
    pub(super) fn is_fine(&self) -> bool {
        self.instants.iter().any(|instant| !instant.ends_with(".000000000Z"))
    }
}

/// The instants that the events can be sorted by, the best first; the envelope's time if no other is clear.
pub(super) fn moments(events: &[Event], leaves: &[Leaf<'_>], subject: &Subject, key: &Path) -> Vec<Moment> {
    let taken: Vec<Option<Timestamp>> =
        events.iter().map(|event| stamp(event.envelope_text("time")?)).collect();
    let object = key.steps().split_last().map_or(&[][..], |(_, object)| object);
    let mut found: Vec<Moment> =
        leaves.iter().filter_map(|leaf| moment(leaf, subject, key, object, &taken)).collect();
    found.sort_by(|one, other| {
        let location = |moment: &Moment| (moment.path.steps().len(), moment.path.to_string());
        let by_time = other.instants.first().cmp(&one.instants.first());
        other.score.cmp(&one.score).then(by_time).then_with(|| location(one).cmp(&location(other)))
    });
    if found.first().is_none_or(|best| best.score < CLEAR) {
        found.splice(0..0, Moment::of_envelope());
    }
    found
}

fn moment(
    leaf: &Leaf<'_>,
    subject: &Subject,
    key: &Path,
    object: &[Step],
    taken: &[Option<Timestamp>],
) -> Option<Moment> {
    let item = leaf.path.steps().iter().rposition(|step| matches!(step, Step::Item(_)));
    if item.is_some_and(|item| key.steps().get(..=item) != leaf.path.steps().get(..=item)) {
        return None;
    }
    let (format, instants) = instants(leaf)?;
    let is_of_object = object.len() > 1 && leaf.path.steps().starts_with(object);
    let (name, why) = named(leaf, subject, is_of_object, object.len() > 1);
    let is_far = |around: &&Vec<String>| {
        !lexicon::wraps(around) && !lexicon::is_meta(around) && subject.mention_count(around) == 0
    };
    let far = i32::try_from(leaf.around.iter().filter(is_far).count()).unwrap_or(9);
    let core = core(leaf);
    Some(Moment {
        path: leaf.path.clone(),
        format,
        is_of_object,
        is_change: any(&core, lexicon::CHANGED),
        is_mentioned: subject.mention_count(&core) > 0,
        score: name - 4 * far + timely(&instants, taken),
        instants,
        why,
    })
}

/// The words that say which time it is.
fn core(leaf: &Leaf<'_>) -> Vec<String> {
    leaf.words.iter().filter(|word| !lexicon::TIMES.contains(&word.as_str())).cloned().collect()
}

/// Its format, and the instants in stored form.
fn instants(leaf: &Leaf<'_>) -> Option<(Format, Vec<String>)> {
    let texts = leaf.texts();
    if leaf.values.iter().all(|value| matches!(value, Json::Text(_)))
        && let Ok(instants) = texts.iter().map(|text| normalise(text)).collect()
    {
        return Some((Format::Timestamp, instants));
    }
    // Any number can be a count; one with such a name and size is a time.
    if !any(&leaf.words, lexicon::TIME_NAMES) {
        return None;
    }
    let counts: Vec<f64> = leaf.values.iter().map(|value| text(value).parse().unwrap_or(0.0)).collect();
    let (format, digits) = if counts.iter().all(|count| MILLISECONDS.contains(count)) {
        (Format::EpochMilliseconds, 6)
    } else if counts.iter().all(|count| SECONDS.contains(count)) {
        (Format::EpochSeconds, 9)
    } else {
        return None;
    };
    Some((format, texts.iter().map(|text| from_epoch(text, digits).ok()).collect::<Option<_>>()?))
}

/// A score for how clearly its name says that the event happened then.
fn named(leaf: &Leaf<'_>, subject: &Subject, is_of_object: bool, has_object: bool) -> (i32, &'static str) {
    let core = core(leaf);
    let earlier = leaf.around.iter().any(|around| any(around, lexicon::EARLIER));
    if any(&core, lexicon::FUTURE) || earlier {
        return (-40, "");
    }
    if any(&core, lexicon::TRANSPORT) {
        return (4, "");
    }
    if core.is_empty() {
        return (30, "by its name, when the event happened");
    }
    let mentioned = 2 * i32::try_from(subject.mention_count(&core)).unwrap_or(1);
    let once = any(&core, lexicon::ONCE);
    let beside = leaf.is_of_event() && !is_of_object;
    let nearer = if is_of_object { 3 } else { 0 };
    let of_type = "its name has a word from the event types";
    match (once, mentioned > 0) {
        // The creation of an object is the same in all of its events, unless they are about it.
        (true, false) if !(beside && has_object) => (-5, ""),
        (true, true) if any(&core, &["start", "started"]) && !(beside && has_object) => (-5, ""),
        (true, true) => (24 + mentioned + if beside { 3 } else { 0 }, of_type),
        (true, false) => (14, "by its name and position, when the event was created"),
        (false, true) => (24 + mentioned + nearer, of_type),
        (false, false) if any(&core, lexicon::CHANGED) => {
            (20 + nearer, "by its name, when the object changed")
        }
        (false, false) if any(&core, lexicon::ENDED) => (18 + nearer, "by its name, when the object ended"),
        (false, false) => (10 + nearer, "the only timestamp of its kind"),
    }
}

/// A score for how close the instants are to the times at which EventBridge received the events.
fn timely(instants: &[String], taken: &[Option<Timestamp>]) -> i32 {
    let mut score = 0;
    let pairs: Vec<(Timestamp, Timestamp)> = instants
        .iter()
        .zip(taken)
        .filter_map(|(instant, taken)| Some((stamp(instant).unwrap_or(Timestamp::MAX), (*taken)?)))
        .collect();
    if pairs.iter().any(|(instant, taken)| instant.duration_since(*taken) > AHEAD) {
        score -= 40;
    }
    let longest = pairs.iter().map(|(instant, taken)| taken.duration_since(*instant)).max();
    score -= match longest {
        Some(longest) if longest > SignedDuration::from_hours(24) => 10,
        Some(longest) if longest > SignedDuration::from_hours(1) => 4,
        _ => 0,
    };
    let stays = pairs.len() > 1 && pairs.iter().all(|pair| pair.0 == pairs[0].0);
    let moves = pairs.iter().any(|pair| pair.1 != pairs[0].1);
    score - if stays && moves { 8 } else { 0 }
}

fn stamp(text: &str) -> Option<Timestamp> {
    normalise(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
