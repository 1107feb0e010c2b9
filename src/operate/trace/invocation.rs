//! The invocation that wrote a row, from the log. At its usual level the processor writes one line per batch and none per
//! row. But a row has the time in milliseconds at which its batch began, and the line has the time at which it ended and
//! its duration.

use serde_json::Value;

use crate::operate::log::LogEvent;

/// The start of a row's invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sought<'a> {
    /// The row's `processed_at`, in milliseconds since 1970.
    pub began: i64,
    pub message_id: Option<&'a str>,
}

/// An invocation of the processor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    pub request_id: String,
    /// When its batch ended, in milliseconds since 1970.
    pub ended: i64,
    /// The trace that Lambda's report names.
    pub trace_id: Option<String>,
}

impl Sought<'_> {
    /// The invocation in these lines.
    ///
    /// # Errors
    /// Why it cannot be found.
    pub fn find(&self, lines: &[LogEvent]) -> Result<Invocation, String> {
        let read: Vec<Value> =
            lines.iter().filter_map(|line| serde_json::from_str(&line.text).ok()).collect();
        let batches: Vec<&Value> = read.iter().filter(|line| line["message"] == "batch").collect();
        let named = self.message_id.and_then(|id| {
            let of_it = |line: &&Value| line["message_id"] == id && is_success(line);
            read.iter().find(of_it)?["request_id"].as_str()
        });
        let of_it: Vec<&Value> = match named {
            Some(id) => batches.into_iter().filter(|line| line["request_id"] == id).collect(),
            None => batches.into_iter().filter(|line| self.is_begin_of(line)).collect(),
        };
        match of_it.as_slice() {
            [] => Err("the log has no line about its batch: its lines were already deleted, or have not arrived yet"
                .to_owned()),
            [batch] => {
                let request_id = batch["request_id"].as_str().unwrap_or_default().to_owned();
                let ended = ended(batch).unwrap_or(self.began);
                let trace_id = lines.iter().find_map(|line| reported(&line.text, &request_id));
                Ok(Invocation { request_id, ended, trace_id })
            }
            several => Err(format!(
                "{} invocations began in the same millisecond, and the log does not show which one wrote it; `processor.log.level: debug` logs a line for each row",
                several.len()
            )),
        }
    }

    /// Both times are truncated to milliseconds.
    fn is_begin_of(&self, batch: &Value) -> bool {
        let began = ended(batch).zip(batch["milliseconds"].as_i64()).map(|(ended, took)| ended - took);
        began.is_some_and(|began| [self.began, self.began + 1].contains(&began))
    }
}

fn is_success(line: &Value) -> bool {
    ["written", "duplicate"].iter().any(|message| line["message"] == **message)
}

/// The time of a batch's metrics.
fn ended(batch: &Value) -> Option<i64> {
    batch["_aws"]["Timestamp"].as_i64()
}

/// The trace id in Lambda's report of an invocation:
/// `REPORT RequestId: ID\tDuration: …\nXRAY TraceId: 1-…\tSegmentId: …`.
fn reported(text: &str, request_id: &str) -> Option<String> {
    let remainder = text.strip_prefix("REPORT RequestId: ")?.strip_prefix(request_id)?;
    let id = remainder.split_once("XRAY TraceId: ")?.1.split(char::is_whitespace).next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// The trace id of a header such as `Root=1-…;Parent=…;Sampled=1`.
#[must_use]
pub fn root_of(header: &str) -> Option<&str> {
    header.split(';').find_map(|part| part.trim().strip_prefix("Root=")).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(id: &str, ended: i64, milliseconds: i64) -> String {
        format!(
            r#"{{"message":"batch","request_id":"{id}","milliseconds":{milliseconds},"_aws":{{"Timestamp":{ended}}}}}"#
        )
    }

    fn found(lines: &[String]) -> Result<(String, i64, Option<String>), String> {
        let line =
            |text: &String| LogEvent { id: String::new(), at: 0, stream: String::new(), text: text.clone() };
        let lines: Vec<LogEvent> = lines.iter().map(line).collect();
        let sought = Sought { began: 1_000, message_id: Some("m-1") };
        sought.find(&lines).map(|one| (one.request_id, one.ended, one.trace_id))
    }

    #[test]
    fn the_batch_that_began_at_the_rows_time_is_its_own() {
        let report = "REPORT RequestId: b\tDuration: 9 ms\tMax Memory Used: 40 MB\t\nXRAY TraceId: 1-5759e988-bd862e3f\tSegmentId: x\t\n";
        let lines = [
            batch("a", 990, 3),
            batch("b", 1_012, 11),
            batch("c", 1_012, 9),
            "REPORT RequestId: a\tXRAY TraceId: 1-other".to_owned(),
            report.to_owned(),
        ];
        assert_eq!(found(&lines), Ok(("b".to_owned(), 1_012, Some("1-5759e988-bd862e3f".to_owned()))));
        assert!(found(&lines[..1]).is_err_and(|why| why.contains("no line about its batch")));
        let both = [batch("a", 1_005, 5), batch("b", 1_009, 8)];
        assert!(found(&both).is_err_and(|why| why.starts_with("2 invocations")));
    }

    #[test]
    fn a_line_of_the_row_itself_decides_between_batches() {
        let own = r#"{"message":"written","message_id":"m-1","request_id":"b"}"#;
        let failed = r#"{"message":"record failed","message_id":"m-1","request_id":"a"}"#;
        let lines = [batch("a", 1_005, 5), batch("b", 1_009, 9), failed.to_owned(), own.to_owned()];
        assert_eq!(found(&lines), Ok(("b".to_owned(), 1_009, None)));
    }

    #[test]
    fn a_header_names_the_trace() {
        assert_eq!(root_of("Root=1-a-b;Parent=c;Sampled=1"), Some("1-a-b"));
        for none in ["", "Parent=c", "Root="] {
            assert_eq!(root_of(none), None);
        }
    }
}
