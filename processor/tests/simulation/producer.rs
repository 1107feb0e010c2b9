//! Events as producers send them: each in many spellings, some twice, some in conflict, some invalid.

use std::time::Duration;

use jiff::Timestamp;

use crate::random::Random;

/// The meaning of a body, known without parsing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The event of a key with one content. Contents are never shared between keys.
    Event { key: u64, content: u64 },
    /// An invalid body, which can never become a row.
    Poison,
}

/// One message, sent at `at`.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) meaning: Meaning,
    pub(crate) body: String,
}

/// The partition key of an event. Two events share one.
pub(crate) fn shipment(key: u64) -> String {
    format!("S{}", key / 2)
}

/// The sort key as stored in the table.
pub(crate) fn sort_key(key: u64) -> String {
    instant(key, 0).replace('Z', ".000000000Z")
}

/// The instant of an event, written with an offset of `ahead` seconds.
fn instant(key: u64, ahead: u64) -> String {
    let second = 1_769_850_300 + i64::try_from(key + ahead).unwrap();
    Timestamp::from_second(second).unwrap().to_string()
}

/// The messages of `events` events.
pub(crate) fn messages(events: u64, sending: Duration, random: &mut Random) -> Vec<Sent> {
    let mut sent = Vec::new();
    let within = u64::try_from(sending.as_millis()).unwrap();
    let mut send = |meaning, body, random: &mut Random| {
        sent.push(Sent { at: Duration::from_millis(random.below(within)), meaning, body });
    };
    for key in 0..events {
        let content = 10 * (key + 1);
        let first = event(key, content, random);
        let meaning = Meaning::Event { key, content };
        if random.chance(300) {
            send(meaning, first.clone(), random);
        }
        send(meaning, first, random);
        if random.chance(300) {
            send(meaning, event(key, content, random), random);
        }
        if random.chance(200) {
            let content = content + 1;
            send(Meaning::Event { key, content }, event(key, content, random), random);
        }
        if random.chance(200) {
            send(Meaning::Poison, poison(key, random), random);
        }
    }
    sent
}

/// The event in one of its spellings.
fn event(key: u64, content: u64, random: &mut Random) -> String {
    let instant = match random.below(4) {
        0 => instant(key, 0),
        1 => instant(key, 0).replace('Z', ".000Z"),
        2 => instant(key, 3_600).replace('Z', "+01:00"),
        _ => instant(key, 0).to_lowercase(),
    };
    let number = match random.below(4) {
        0 => content.to_string(),
        1 => format!("{content}.00"),
        2 => format!("{content}0e-1"),
        _ => format!("{content}E+0"),
    };
    let mut fields = vec![
        format!(r#""shipment_id":"{}""#, shipment(key)),
        format!(r#""event_timestamp":"{instant}""#),
        r#""event_type":"created""#.to_owned(),
        format!(r#""event_data":{{"content":{number}}}"#),
    ];
    if content.is_multiple_of(3) {
        fields.push(random.pick(&[r#""carrier":"ACME""#, r#""\u0063arrier" : "ACM\u0045""#]).to_string());
    }
    random.shuffle(&mut fields);
    let detail = format!("{{{}}}", fields.join(random.pick(&[",", " , "])));
    // The same form for one event: a bare detail does not name its sender, which is part of its content.
    if (content / 10).is_multiple_of(3) {
        return detail;
    }
    let id = random.below(1_000);
    format!(
        r#"{{"version":"0","id":"e-{id}","detail-type":"shipment.created","source":"shipment.service","detail":{detail}}}"#
    )
}

/// Similar to an event of `key`, so that a lenient parser would write it.
fn poison(key: u64, random: &mut Random) -> String {
    let good = format!(
        r#"{{"shipment_id":"{}","event_timestamp":"{}","event_type":"created","event_data":{{"content":7}}}}"#,
        shipment(key),
        instant(key, 0)
    );
    match random.below(8) {
        0 => String::new(),
        1 => good[..good.len() - 1].to_owned(),
        2 => format!("[{good}]"),
        3 => good.replace("event_type", "kind"),
        4 => good.replace("\"created\"", "[5]"),
        5 => good.replace("content\":7", "content\":0.1234567890123456789012345678901234567891"),
        6 => good.replace("content\":7", "content\":7,\"content\":8"),
        _ => good.replace("2026-", "26-"),
    }
}
