use processor::mapping::{Format, Mapping};
use processor::path::{DETAIL, Path, Step};
use serde_json::{Map, Value, json};

use super::api::BusEvent;
use crate::spec::Spec;

/// Makes realistic shipment events that the spec's pattern lets through and the processor takes.
pub struct Inventor {
    source: String,
    detail_type: DetailType,
    /// Sets one run's events apart from every other's.
    run: u64,
    /// RFC 3339, for events without a time of their own.
    now: jiff::Timestamp,
    mapping: Mapping,
    /// What keys begin with.
    prefix: &'static str,
}

enum DetailType {
    Exactly(String),
    Prefixed(String),
}

const STEPS: [&str; 5] = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"];
const CARRIERS: [&str; 4] = ["DHL", "UPS", "Maersk", "DB Schenker"];
const PLACES: [&str; 6] = ["Rotterdam", "Hamburg", "Gdańsk", "Antwerpen", "Le Havre", "Göteborg"];

impl Inventor {
    #[must_use]
    pub fn new(spec: &Spec, mapping: Mapping, now: jiff::Timestamp) -> Self {
        let field = |name: &str| spec.bus.pattern.get(name).and_then(Value::as_array);
        let exact = |values: &Vec<Value>| values.iter().find_map(Value::as_str).map(ToOwned::to_owned);
        let prefix = |values: &Vec<Value>| {
            values.iter().find_map(|value| value.get("prefix")?.as_str()).map(ToOwned::to_owned)
        };
        let source = field("source").and_then(|values| exact(values).or_else(|| prefix(values)));
        let detail_type = match field("detail-type") {
            Some(values) => match (exact(values), prefix(values)) {
                (Some(exact), _) => DetailType::Exactly(exact),
                (None, prefix) => DetailType::Prefixed(prefix.unwrap_or_default()),
            },
            None => DetailType::Prefixed("shipment.".to_owned()),
        };
        let prefix = if mapping.partition_key.attribute == "shipment_id" { "SHP" } else { "KEY" };
        Self {
            source: source.unwrap_or_else(|| "shipment.service".to_owned()),
            detail_type,
            run: now.as_nanosecond().unsigned_abs() as u64,
            now,
            mapping,
            prefix,
        }
    }

    /// An instant or a number, as the format reads it.
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

    /// Whose words a bare detail takes; the same in every run, for source and detail type say whether two events are the same.
    #[must_use]
    pub fn likeness(&self) -> BusEvent {
        let detail_type = match &self.detail_type {
            DetailType::Exactly(name) => name.clone(),
            DetailType::Prefixed(prefix) => format!("{prefix}{}", STEPS[0]),
        };
        BusEvent { source: self.source.clone(), detail_type, ..BusEvent::default() }
    }

    /// The event with this number; the same number gives the same event.
    #[must_use]
    pub fn event(&self, number: u64) -> BusEvent {
        let dice = scramble(self.run ^ scramble(number));
        let pick = |shift: u32, of: usize| (dice >> shift) as usize % of;
        let step = STEPS[pick(0, STEPS.len())];
        let detail_type = match &self.detail_type {
            DetailType::Exactly(name) => name.clone(),
            DetailType::Prefixed(prefix) => format!("{prefix}{step}"),
        };
        let data = json!({
            "carrier": CARRIERS[pick(8, CARRIERS.len())],
            "origin": PLACES[pick(16, PLACES.len())],
            "destination": PLACES[pick(24, PLACES.len())],
            "parcels": 1 + pick(32, 12),
            "weight_kg": f64::from(u16::try_from(pick(40, 60_000)).unwrap_or_default()) / 4.0,
            "express": pick(56, 4) == 0,
        });
        let mut detail = Value::Object(Map::new());
        for (role, field) in self.mapping.attributes() {
            for (place, path) in field.from.iter().enumerate() {
                let value = match role {
                    "partition_key" if field.format == Some(Format::Number) => json!(dice),
                    "partition_key" => json!(format!("{}-{:016x}-{number:06}", self.prefix, self.run)),
                    "sort_key" if place == 0 => self.sorted(self.mapping.sort_key_format(), number),
                    "newer_by" => self.sorted(field.format.unwrap_or(Format::Timestamp), number),
                    "type" => json!(step),
                    "data" => data.clone(),
                    _ => self.further(field.format, dice, number),
                };
                put(&mut detail, path, value);
            }
        }
        let reads = |root: &str| {
            self.mapping.attributes().any(|(_, field)| field.from.iter().any(|path| path.root() == root))
        };
        let resource = format!("arn:aws:pipectl:::invented/{:016x}-{number:06}", self.run);
        BusEvent {
            time: reads("time").then(|| self.now.as_second()),
            resources: reads("resources").then_some(resource).into_iter().collect(),
            source: self.source.clone(),
            detail_type,
            detail: detail.to_string(),
        }
    }
}

/// Puts a value at a path of the detail, where nothing is there yet; the envelope is the bus's to fill.
fn put(detail: &mut Value, path: &Path, value: Value) {
    let (Some(Step::Name(root)), steps) = (path.steps().first(), &path.steps()[1..]) else { return };
    if root != DETAIL {
        return;
    }
    let mut place = detail;
    for step in steps {
        place = match step {
            Step::Name(name) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                &mut place[name.as_str()]
            }
            Step::Item(number) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let Some(items) = place.as_array_mut() else { return };
                items.resize(items.len().max(number + 1), Value::Null);
                &mut items[*number]
            }
            Step::Every => return,
        };
    }
    match (place, value) {
        (Value::Object(there), Value::Object(more)) => {
            for (name, value) in more {
                there.entry(name).or_insert(value);
            }
        }
        (place, value) if place.is_null() => *place = value,
        _ => {}
    }
}

/// Splitmix64's finisher: neighbouring numbers come out far apart.
fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
