//! Is the local cloud ours, and does it answer?

use std::time::Duration;

use serde::Deserialize;

use super::http;
use super::record::Record;

/// A slow interpreter answers within this time, one that hangs never does.
const PATIENCE: Duration = Duration::from_secs(2);

/// The part of the health answer that distinguishes one `MiniStack` from another: `edition` is free text from its
/// environment, in which pipectl puts a token.
#[derive(Deserialize)]
struct Health {
    edition: String,
}

/// Whether the process of this record serves, and not another one.
pub(super) fn is_ours(record: &Record) -> bool {
    http::get(record.port, "/_ministack/health", PATIENCE)
        .is_ok_and(|answer| answer.status == 200 && names(&answer.body, &record.token))
}

fn names(body: &[u8], token: &str) -> bool {
    serde_json::from_slice::<Health>(body).is_ok_and(|health| health.edition == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_counts() {
        let body = br#"{"services":{"s3":"available"},"edition":"pipectl-1-2","version":"1.5.33"}"#;
        assert!(names(body, "pipectl-1-2"));
        assert!(!names(body, "pipectl-1-3"));
        assert!(!names(br#"{"edition":"light"}"#, "pipectl-1-2"));
        assert!(!names(b"<html>", "pipectl-1-2"));
    }

    #[test]
    fn nobody_listening_is_not_ours() {
        let free = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        assert!(!is_ours(&Record::new(free, std::process::id(), "t".into())));
    }
}
