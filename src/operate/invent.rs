//! Invents events that the patterns match and the processor stores.

use processor::mapping::{Format, Mapping};
use processor::path::{DETAIL, Path, Step};
use serde_json::{Map, Value, json};

use super::api::BusEvent;
use super::model::{Model, Vary, envelope_of, of_sample};
use crate::spec::Spec;

/// Generates events that match the spec's patterns and that the processor accepts: from the samples if there are any,
/// otherwise from the patterns and the mapping.
pub struct Inventor {
    /// Distinguishes the events of this run from those of every other.
    run: u64,
    /// RFC 3339, for events without a time of their own.
    now: jiff::Timestamp,
    mapping: Mapping,
    /// Prefix of the keys.
    prefix: &'static str,
    /// The models of the events, used in turn.
    models: Vec<Model>,
    /// The model of a bare detail.
    likeness: Model,
}

const STEPS: [&str; 5] = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"];
const CARRIERS: [&str; 4] = ["DHL", "UPS", "Maersk", "DB Schenker"];
const CITIES: [&str; 6] = ["Rotterdam", "Hamburg", "Gdańsk", "Antwerpen", "Le Havre", "Göteborg"];

/// A sample and the index of the spec's rule that it belongs to; that of `bus.pattern` is the first.
pub type RuleSample = (usize, Map<String, Value>);

impl Inventor {
    /// `accepts` returns why an event would not become a row; models of such events are left out.
    ///
    /// # Errors
    /// Why no event can be generated.
    pub fn new(
        spec: &Spec,
        mapping: Mapping,
        (run, now): (u64, jiff::Timestamp),
        samples: Vec<RuleSample>,
        accepts: &dyn Fn(&BusEvent) -> Result<(), String>,
    ) -> Result<Self, String> {
        let prefix = if mapping.partition_key.attribute == "shipment_id" { "SHP" } else { "KEY" };
        let likeness = Model::Pattern(spec.bus.pattern.clone());
        let mut inventor = Self { run, now, mapping, prefix, models: Vec::new(), likeness };
        let mut refused = None;
        for (index, rule) in spec.bus_rules().into_iter().enumerate() {
            let of_rule = samples.iter().filter(|(of, _)| *of == index);
            let like = of_rule.flat_map(|(_, sample)| {
                [Vary::All, Vary::Key].map(|vary| Model::Sample(Box::new(sample.clone()), vary))
            });
            let (mut found, mut taken) = (Vec::new(), None);
            for model in like {
                // In a sample whose time must not change, only the key varies.
                let Model::Sample(sample, vary) = &model else { continue };
                if *vary == Vary::Key && taken.as_ref() == Some(sample) {
                    continue;
                }
                if accepts(&inventor.like(&model, 0)).is_ok() {
                    taken = Some(sample.clone());
                    found.push(model);
                }
            }
            if found.is_empty() {
                let model = Model::Pattern(rule.pattern.clone());
                match accepts(&inventor.like(&model, 0)) {
                    Ok(()) => found.push(model),
                    Err(reason) => refused = refused.or(Some(reason)),
                }
            }
            inventor.models.extend(found);
        }
        match refused {
            Some(reason) if inventor.models.is_empty() => Err(reason),
            _ => Ok(inventor),
        }
    }

    /// The source and detail type for a bare detail. They are the same in every run, because they decide whether two
    /// events are the same.
    #[must_use]
    pub fn likeness(spec: &Spec) -> BusEvent {
        let BusEvent { source, detail_type, .. } = envelope_of(&spec.bus.pattern, 0, STEPS[0], "");
        BusEvent { source, detail_type, ..BusEvent::default() }
    }

    /// An instant or a number, according to the format.
    fn sorted(&self, format: Format, number: u64) -> Value {
        match format {
            Format::Timestamp | Format::Text => json!(self.now.to_string()),
            Format::EpochSeconds => json!(self.now.as_second()),
            Format::EpochMilliseconds => json!(self.now.as_millisecond()),
            Format::Number => json!(number),
        }
    }

    fn further(&self, format: Option<Format>, dice: u64, number: u64) -> Value {
        match format {
            None | Some(Format::Text) => json!(format!("{:08x}", dice as u32)),
            Some(format) => self.sorted(format, number),
        }
    }

    /// The event with this number; the same number gives the same event.
    #[must_use]
    pub fn event(&self, number: u64) -> BusEvent {
        let turn = usize::try_from(number).unwrap_or_default() % self.models.len().max(1);
        self.like(self.models.get(turn).unwrap_or(&self.likeness), number)
    }

    fn like(&self, model: &Model, number: u64) -> BusEvent {
        let dice = scramble(self.run ^ scramble(number));
        let step = STEPS[dice as usize % STEPS.len()];
        let token = format!("{:016x}-{number:06}", self.run);
        let mut event = match model {
            Model::Pattern(pattern) => envelope_of(pattern, dice, step, &token),
            // The bus gives a new event its time: that of a sample would make it an old one, which counts as late.
            Model::Sample(sample, Vary::All) => BusEvent { time: None, ..of_sample(sample) },
            Model::Sample(sample, Vary::Key) => of_sample(sample),
        };
        let mut detail: Value = serde_json::from_str(&event.detail).unwrap_or_default();
        match model {
            Model::Pattern(_) => self.fill(&mut detail, dice, number),
            Model::Sample(_, vary) => self.vary(&mut detail, *vary, dice, number),
        }
        let reads = |root: &str| {
            self.mapping.attributes().any(|(_, field)| field.from.iter().any(|path| path.root() == root))
        };
        if event.time.is_none() && reads("time") {
            event.time = Some(self.now.as_second());
        }
        if event.resources.is_empty() && reads("resources") {
            event.resources = vec![format!("arn:aws:pipectl:::invented/{token}")];
        }
        BusEvent { detail: detail.to_string(), ..event }
    }

    /// Sets the fields that the mapping reads and the pattern does not restrict.
    fn fill(&self, detail: &mut Value, dice: u64, number: u64) {
        let pick = |shift: u32, of: usize| (dice >> shift) as usize % of;
        let data = json!({
            "carrier": CARRIERS[pick(8, CARRIERS.len())],
            "origin": CITIES[pick(16, CITIES.len())],
            "destination": CITIES[pick(24, CITIES.len())],
            "parcels": 1 + pick(32, 12),
            "weight_kg": f64::from(u16::try_from(pick(40, 60_000)).unwrap_or_default()) / 4.0,
            "express": pick(56, 4) == 0,
        });
        for (role, field) in self.mapping.attributes() {
            for (location, path) in field.from.iter().enumerate() {
                let value = match role {
                    "partition_key" => self.key(field.format, dice, number),
                    "sort_key" if location == 0 => self.sorted(self.mapping.sort_key_format(), number),
                    "newer_by" => self.sorted(field.format.unwrap_or(Format::Timestamp), number),
                    "type" => json!(STEPS[pick(0, STEPS.len())]),
                    "data" => data.clone(),
                    _ => self.further(field.format, dice, number),
                };
                put(detail, path, value, false);
            }
        }
    }

    /// Gives a sample a key of its own and, unless only the key varies, the current time.
    fn vary(&self, detail: &mut Value, vary: Vary, dice: u64, number: u64) {
        for (role, field) in self.mapping.attributes() {
            for (location, path) in field.from.iter().enumerate() {
                let value = match role {
                    "partition_key" => self.key(field.format, dice, number),
                    "sort_key" if location == 0 && vary == Vary::All => {
                        self.sorted(self.mapping.sort_key_format(), number)
                    }
                    "newer_by" if vary == Vary::All => {
                        self.sorted(field.format.unwrap_or(Format::Timestamp), number)
                    }
                    _ => continue,
                };
                put(detail, path, value, true);
            }
        }
    }

    fn key(&self, format: Option<Format>, dice: u64, number: u64) -> Value {
        match format {
            Some(Format::Number) => json!(dice),
            _ => json!(format!("{}-{:016x}-{number:06}", self.prefix, self.run)),
        }
    }
}

/// Sets a value at a path of the detail, if there is none or if `replaces` is set. The bus fills the envelope.
fn put(detail: &mut Value, path: &Path, value: Value, replaces: bool) {
    let (Some(Step::Name(root)), steps) = (path.steps().first(), &path.steps()[1..]) else { return };
    if root != DETAIL {
        return;
    }
    let mut location = detail;
    for step in steps {
        location = match step {
            Step::Name(name) => {
                if !location.is_object() {
                    *location = Value::Object(Map::new());
                }
                &mut location[name.as_str()]
            }
            Step::Item(number) => {
                if !location.is_array() {
                    *location = Value::Array(Vec::new());
                }
                let Some(items) = location.as_array_mut() else { return };
                items.resize(items.len().max(number + 1), Value::Null);
                &mut items[*number]
            }
            Step::Every => return,
        };
    }
    match (location, value) {
        (Value::Object(there), Value::Object(more)) => {
            for (name, value) in more {
                there.entry(name).or_insert(value);
            }
        }
        (location, value) if location.is_null() || replaces => *location = value,
        _ => {}
    }
}

/// Splitmix64's finisher: neighbouring numbers give very different results.
#[must_use]
pub fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
