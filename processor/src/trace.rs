//! The time that an invocation spent, for X-Ray: a subsegment for deciding and one for writing, sent to the daemon that
//! Lambda runs beside a traced function. Lambda itself links the traces of the messages.
//!
//! The format is in the X-Ray developer guide, "Sending trace data" and "Segment documents": a datagram of a header, a
//! line break and a document. Nothing waits for it and nothing fails because of it: a document that cannot be sent is
//! lost.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::UdpSocket;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

/// The variable with the address of Lambda's daemon.
const DAEMON: &str = "AWS_XRAY_DAEMON_ADDRESS";
const HEADER: &str = "{\"format\": \"json\", \"version\": 1}\n";

/// A stage of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// Its name in the trace.
    pub name: &'static str,
    /// When it began, since the start of the invocation.
    pub from: Duration,
    /// When it ended, since the start of the invocation.
    pub to: Duration,
    /// The number of records it covers.
    pub records: usize,
}

/// The connection to the daemon; `None` if there is no daemon.
#[derive(Debug, Default)]
pub struct Tracer(Option<UdpSocket>);

impl Tracer {
    /// Connects to the daemon that the environment names, if there is one.
    #[must_use]
    pub fn of_environment(lookup: impl Fn(&str) -> Option<String>) -> Self {
        Self(lookup(DAEMON).and_then(|address| connected(&address)))
    }

    /// Sends the `stages` of an invocation that began at `began`, in the trace that `header` names, if it is sampled.
    pub fn send(&self, header: Option<&str>, began: Timestamp, stages: &[Stage]) {
        let (Some(socket), Some((trace, parent))) = (&self.0, header.and_then(sampled)) else { return };
        for stage in stages {
            let document = format!("{HEADER}{}", document(*stage, began, trace, parent));
            let _ = socket.send(document.as_bytes());
        }
    }
}

/// A socket that never blocks. The address may name two transports: `tcp:HOST:PORT udp:HOST:PORT`.
fn connected(address: &str) -> Option<UdpSocket> {
    let address = address.split(' ').find_map(|part| part.strip_prefix("udp:")).unwrap_or(address);
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.set_nonblocking(true).ok()?;
    socket.connect(address).ok()?;
    Some(socket)
}

/// Trace and parent of a header such as `Root=1-…;Parent=…;Sampled=1`.
fn sampled(header: &str) -> Option<(&str, &str)> {
    let field =
        |name: &str| header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    (field("Sampled") == Some("1")).then_some((field("Root")?, field("Parent")?))
}

fn document(stage: Stage, began: Timestamp, trace: &str, parent: &str) -> serde_json::Value {
    let seconds = |after: Duration| began.as_millisecond() as f64 / 1_000.0 + after.as_secs_f64();
    json!({
        "name": stage.name,
        "id": format!("{:016x}", RandomState::new().build_hasher().finish()),
        "trace_id": trace,
        "parent_id": parent,
        "type": "subsegment",
        "start_time": seconds(stage.from),
        "end_time": seconds(stage.to),
        "annotations": {"records": stage.records},
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;

    const TRACE: &str = "1-5759e988-bd862e3fe1be46a994272793";

    fn stage(name: &'static str, from: u64, to: u64) -> Stage {
        Stage { name, from: Duration::from_millis(from), to: Duration::from_millis(to), records: 10 }
    }

    #[test]
    fn the_daemon_gets_a_document_for_each_stage_of_a_sampled_trace() {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        daemon.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let address = daemon.local_addr().unwrap();
        for address in [address.to_string(), format!("tcp:127.0.0.1:1 udp:{address}")] {
            let tracer = Tracer::of_environment(|name| (name == DAEMON).then(|| address.clone()));
            let began = Timestamp::from_millisecond(1_769_900_000_500).unwrap();
            let stages = [stage("decide", 0, 1), stage("write", 1, 21)];
            for unsampled in [None, Some("Root=1;Parent=2;Sampled=0"), Some("Root=1;Sampled=1"), Some("")] {
                tracer.send(unsampled, began, &stages);
            }
            let header = format!("Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=1:a:0");
            tracer.send(Some(&header), began, &stages);
            let documents: Vec<Value> = (0..2)
                .map(|_| {
                    let mut bytes = [0; 2_048];
                    let length = daemon.recv(&mut bytes).unwrap();
                    let text = std::str::from_utf8(&bytes[..length]).unwrap();
                    serde_json::from_str(text.strip_prefix(HEADER).unwrap()).unwrap()
                })
                .collect();
            for (document, (name, from, to)) in documents.iter().zip([
                ("decide", 1_769_900_000.5, 1_769_900_000.501),
                ("write", 1_769_900_000.501, 1_769_900_000.521),
            ]) {
                assert_eq!((&document["name"], &document["type"]), (&json!(name), &json!("subsegment")));
                assert_eq!(
                    (&document["trace_id"], &document["parent_id"]),
                    (&json!(TRACE), &json!("53995c3f42cd8ad8"))
                );
                for (field, expected) in [("start_time", from), ("end_time", to)] {
                    assert!((document[field].as_f64().unwrap() - expected).abs() < 1e-6, "{document}");
                }
                let id = document["id"].as_str().unwrap();
                assert!(id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
            }
            assert_ne!(documents[0]["id"], documents[1]["id"]);
        }
    }

    #[test]
    fn without_a_daemon_nothing_is_sent_and_nothing_fails() {
        for address in [None, Some("nowhere"), Some("127.0.0.1:1")] {
            let tracer = Tracer::of_environment(|_| address.map(str::to_owned));
            tracer.send(
                Some("Root=1;Parent=2;Sampled=1"),
                Timestamp::UNIX_EPOCH,
                &[stage("write", 0, 1); 100],
            );
        }
    }
}
