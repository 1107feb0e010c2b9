//! The way of an event that is a row.

use processor::config::{Config, Input};
use processor::json::Json;
use processor::queued_at::{QUEUED_AT, is_ours};
use processor::row::{EVENT_TIME, PROCESSED_AT};

use super::hop::{Hop, HopSource, Stage, WHOLE_SECONDS, milliseconds};
use super::invocation::Invocation;
use crate::operate::query::StoredRow;

/// The path of an event that is a row. `invocation`: the one that wrote it, or why it is unknown.
#[must_use]
pub fn of_row(config: &Config, row: &StoredRow, invocation: &Result<Invocation, String>) -> Vec<Hop> {
    let at = |name: &str| row.get(name).and_then(Json::as_text).and_then(milliseconds);
    let event = at(EVENT_TIME).ok_or_else(|| match config.input {
        Input::Detail => "with `bus.input: detail` there is no envelope, which has the time".to_owned(),
        Input::Envelope => "the row has no `event_time`: its message had no envelope".to_owned(),
    });
    let queued = match is_ours(&config.event) {
        false => {
            Err("the spec uses `queued_at` for its own attribute, so the row does not record this".to_owned())
        }
        true => at(QUEUED_AT)
            .ok_or_else(|| "the row has no `queued_at`: an earlier processor wrote it".to_owned()),
    };
    let received = at(PROCESSED_AT).ok_or_else(|| "the row has no `processed_at`".to_owned());
    let stored = invocation.as_ref().map(|invocation| invocation.ended).map_err(Clone::clone);
    vec![
        Hop::new(Stage::Event, HopSource::Row, event).with(WHOLE_SECONDS),
        Hop::new(Stage::Queued, HopSource::Row, queued),
        Hop::new(Stage::Received, HopSource::Row, received),
        Hop::new(Stage::Stored, HopSource::Log, stored)
            .with("at the latest: its whole batch was written by then"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[(&str, &str)]) -> StoredRow {
        fields.iter().map(|(name, text)| ((*name).to_owned(), Json::Text((*text).to_owned()))).collect()
    }

    #[test]
    fn each_time_is_shown_or_why_it_is_unknown() {
        let whole = row(&[
            (EVENT_TIME, "1970-01-01T00:00:01Z"),
            (QUEUED_AT, "1970-01-01T00:00:01.250Z"),
            (PROCESSED_AT, "1970-01-01T00:00:01.300Z"),
        ]);
        let invocation = Ok(Invocation { ended: 1_310, ..Invocation::default() });
        let hops = of_row(&Config::default(), &whole, &invocation);
        let times: Vec<Option<i64>> = hops.iter().map(|hop| hop.at.as_ref().ok().copied()).collect();
        assert_eq!(times, [Some(1_000), Some(1_250), Some(1_300), Some(1_310)]);
        assert_eq!(hops[0].remark, Some(WHOLE_SECONDS));

        let why = |config: &str, row: &StoredRow| -> Vec<String> {
            let config = Config::from_json(config).expect("a config");
            let hops = of_row(&config, row, &Err("no line".to_owned()));
            assert!(hops.iter().all(|hop| hop.at.is_ok() || hop.remark.is_none()));
            hops.into_iter().filter_map(|hop| hop.at.err()).collect()
        };
        let reasons = why("{}", &row(&[]));
        assert!(reasons.len() == 4 && reasons[1].contains("an earlier processor"), "{reasons:?}");
        assert!(why(r#"{"input":"detail"}"#, &row(&[]))[0].contains("bus.input: detail"));
        let own = r#"{"event":{"attributes":[{"attribute":"queued_at","from":["$.detail.queued_at"]}]}}"#;
        assert!(why(own, &whole)[0].contains("for its own attribute"), "theirs is not taken for ours");
    }
}
