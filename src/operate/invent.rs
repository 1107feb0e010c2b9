use serde_json::{Map, Value, json};

use super::api::BusEvent;
use crate::spec::Spec;

/// Makes realistic shipment events that the spec's pattern lets through and the processor takes.
pub struct Inventor<'a> {
    spec: &'a Spec,
    source: String,
    detail_type: DetailType,
    /// Sets one run's events apart from every other's.
    run: u64,
    /// RFC 3339, for events without a time of their own.
    now: jiff::Timestamp,
}

enum DetailType {
    Exactly(String),
    Prefixed(String),
}

const STEPS: [&str; 5] = ["created", "picked_up", "in_transit", "out_for_delivery", "delivered"];
const CARRIERS: [&str; 4] = ["DHL", "UPS", "Maersk", "DB Schenker"];
const PLACES: [&str; 6] = ["Rotterdam", "Hamburg", "Gdańsk", "Antwerpen", "Le Havre", "Göteborg"];

impl<'a> Inventor<'a> {
    #[must_use]
    pub fn new(spec: &'a Spec, now: jiff::Timestamp) -> Self {
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
        Self {
            spec,
            source: source.unwrap_or_else(|| "shipment.service".to_owned()),
            detail_type,
            run: now.as_nanosecond().unsigned_abs() as u64,
            now,
        }
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
        let names = &self.spec.event;
        let detail = Map::from_iter([
            (names.partition_key.clone(), json!(format!("SHP-{:016x}-{number:06}", self.run))),
            (names.sort_key.clone(), json!(self.now.to_string())),
            (names.type_field.clone(), json!(step)),
            (
                names.data.clone(),
                json!({
                    "carrier": CARRIERS[pick(8, CARRIERS.len())],
                    "origin": PLACES[pick(16, PLACES.len())],
                    "destination": PLACES[pick(24, PLACES.len())],
                    "parcels": 1 + pick(32, 12),
                    "weight_kg": f64::from(u16::try_from(pick(40, 60_000)).unwrap_or_default()) / 4.0,
                    "express": pick(56, 4) == 0,
                }),
            ),
        ]);
        BusEvent { source: self.source.clone(), detail_type, detail: Value::Object(detail).to_string() }
    }
}

/// Splitmix64's finisher: neighbouring numbers come out far apart.
fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
