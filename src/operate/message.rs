use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::api::BusEvent;
use super::read::{member, read_event};

/// An event as the queue receives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEvent {
    /// The id of its envelope.
    pub event_id: String,
    /// The message's body.
    pub body: String,
    /// The message group it belongs to, if the queue is fair to groups.
    pub group: Option<String>,
}

/// The fields that EventBridge would add to an event that does not have them.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    pub account: &'a str,
    pub region: &'a str,
    pub now: Timestamp,
}

/// The envelope's fields in EventBridge's order; `detail` is the last.
const FIELDS: [&str; 8] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources"];

impl QueueEvent {
    /// Writes an event as EventBridge writes it into the queue: envelope fields in the text are unchanged, including id
    /// and time, and missing ones are added. A `detail` alone gets source and detail type from `likeness`. `number`
    /// distinguishes events without an id.
    ///
    /// # Errors
    /// Why the text is not an event.
    pub fn read(text: &str, likeness: &BusEvent, added: Added<'_>, number: u64) -> Result<Self, String> {
        let event = read_event(text, likeness)?;
        let is_envelope = event.detail != text.trim();
        let own = |name: &str| member(text, name).filter(|_| is_envelope).map(str::to_owned);
        Ok(Self::from_event(&event, own, others(text, is_envelope), added, number))
    }

    /// The same for an event that was generated here.
    #[must_use]
    pub fn of(event: &BusEvent, added: Added<'_>, number: u64) -> Self {
        Self::from_event(event, |_| None, Vec::new(), added, number)
    }

    fn from_event(
        event: &BusEvent,
        own: impl Fn(&str) -> Option<String>,
        others: Vec<(String, String)>,
        added: Added<'_>,
        number: u64,
    ) -> Self {
        let text = |name: &str| own(name).and_then(|raw| serde_json::from_str::<String>(&raw).ok());
        let event_id =
            text("id").filter(|id| !id.trim().is_empty()).unwrap_or_else(|| event_id(added.now, number));
        let time = event.time.and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(added.now);
        let field = |name: &str| match name {
            "version" => own(name).unwrap_or_else(|| json!("0").to_string()),
            "id" => json!(event_id).to_string(),
            "detail-type" => json!(event.detail_type).to_string(),
            "source" => json!(event.source).to_string(),
            "account" => own(name).unwrap_or_else(|| json!(added.account).to_string()),
            "time" => own(name)
                .filter(|_| text(name).is_some_and(|time| !time.trim().is_empty()))
                .unwrap_or_else(|| json!(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).to_string()),
            "region" => own(name).unwrap_or_else(|| json!(added.region).to_string()),
            _ => own(name).unwrap_or_else(|| json!(event.resources).to_string()),
        };
        let fields = FIELDS.iter().map(|name| ((*name).to_owned(), field(name))).chain(others);
        let fields: Vec<String> = fields.map(|(name, raw)| format!("{}:{raw}", json!(name))).collect();
        let body = format!("{{{},\"detail\":{}}}", fields.join(","), event.detail);
        Self { event_id, body, group: None }
    }
}

impl QueueEvent {
    /// Sets the message group as the rule does: the value at a path of names in the event.
    #[must_use]
    pub fn grouped(self, path: Option<&str>) -> Self {
        let group = path.and_then(|path| {
            let event: Value = serde_json::from_str(&self.body).ok()?;
            let pointer = path.trim_start_matches('$').replace('.', "/");
            match event.pointer(&pointer)? {
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            }
        });
        Self { group, ..self }
    }
}

/// Other fields of an envelope, such as the name of the replay that sent it.
fn others(text: &str, is_envelope: bool) -> Vec<(String, String)> {
    let fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    let is_other = |name: &&String| is_envelope && *name != "detail" && !FIELDS.contains(&name.as_str());
    fields
        .keys()
        .filter(is_other)
        .filter_map(|name| Some((name.clone(), member(text, name)?.to_owned())))
        .collect()
}

/// An id in EventBridge's form, different for all events of a run.
fn event_id(now: Timestamp, number: u64) -> String {
    let run = now.as_nanosecond().unsigned_abs() as u64;
    let [a, b, c, d, e, f, g, h] = run.to_be_bytes();
    format!(
        "{a:02x}{b:02x}{c:02x}{d:02x}-{e:02x}{f:02x}-4{:03x}-8{:03x}-{:012x}",
        u16::from(g) << 4,
        h,
        number & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_event(text: &str, number: u64) -> Result<QueueEvent, String> {
        let likeness =
            BusEvent { source: "s".to_owned(), detail_type: "t".to_owned(), ..BusEvent::default() };
        let now = Timestamp::from_second(1_767_225_600).expect("an instant");
        let added = Added { account: "123456789012", region: "eu-west-1", now };
        QueueEvent::read(text, &likeness, added, number)
    }

    #[test]
    fn the_group_is_the_value_at_the_path() {
        let event =
            from_event(r#"{"source":"a","detail-type":"b","detail":{"customer":{"id":"c-7"},"n":5}}"#, 0);
        let event = event.expect("an event");
        for (path, group) in
            [("$.detail.customer.id", Some("c-7")), ("$.detail.n", Some("5")), ("$.detail.x", None)]
        {
            assert_eq!(event.clone().grouped(Some(path)).group.as_deref(), group, "{path}");
        }
        assert_eq!(event.grouped(None).group, None);
    }

    #[test]
    fn an_envelope_stays_what_it_is() {
        let body = r#"{"version":"0","id":"e-1","detail-type":"b","source":"a","account":"1","time":"2026-01-31T09:05:00.5Z","region":"r","resources":["x"],"replay-name":"again","detail":{ "n": 1.50 }}"#;
        let event = from_event(body, 0).expect("an event");
        assert_eq!((event.body.as_str(), event.event_id.as_str()), (body, "e-1"));
    }

    #[test]
    fn what_is_missing_is_added_as_event_bridge_does() {
        let event = from_event(r#" {"id":"  ","n":1} "#, 7).expect("an event");
        let id = &event.event_id;
        assert_eq!((id.len(), id.ends_with("000000000007")), (36, true), "{id}");
        let body = format!(
            r#"{{"version":"0","id":"{id}","detail-type":"t","source":"s","account":"123456789012","time":"2026-01-01T00:00:00Z","region":"eu-west-1","resources":[],"detail":{{"id":"  ","n":1}}}}"#
        );
        assert_eq!(event.body, body);
        let envelope =
            from_event(r#"{"source":"a","detail-type":"b","time":null,"detail":{}}"#, 0).expect("an event");
        assert!(
            envelope.body.contains(r#""time":"2026-01-01T00:00:00Z""#)
                && envelope.body.contains(r#""source":"a""#)
        );
        assert_ne!(envelope.event_id, from_event("{}", 1).expect("an event").event_id);
        assert!(from_event("[]", 0).is_err());
    }
}
