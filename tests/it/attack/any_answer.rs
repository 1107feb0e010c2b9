//! Properties of any bytes as the answer of a service: a short error, or a value. The fuzz target compiles this file too.
//!
//! The first byte selects the call, the second one the status and the content type; the remaining bytes are the body.

use std::fmt::Debug;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::thread;

use pipectl::aws::{ArtifactStore, Clients, Settings};
use pipectl::operate::{
    AlarmApi as _, BusApi as _, BusEvent, DeadLetter, DeadLetterApi as _, FunctionApi as _, KeyNames, Query,
    QueueApi as _, RowKey, TableApi as _, VersionApi as _, rows_in_order,
};
use pipectl::stack::{
    CallError, DashboardApi as _, Deletion, DriftApi as _, ExistingApi as _, KeyApi as _, StackApi as _,
};
use tokio::runtime::{Builder, Runtime};

/// The answer to every request.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// There is one answer at a time.
static ALONE: Mutex<()> = Mutex::new(());
static WORLD: OnceLock<(Runtime, Clients)> = OnceLock::new();

const HEADS: [&str; 8] = [
    "200 OK\r\nContent-Type: text/xml",
    "200 OK\r\nContent-Type: application/x-amz-json-1.0",
    "200 OK\r\nContent-Type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor",
    "400 Bad Request\r\nContent-Type: text/xml",
    "400 Bad Request\r\nContent-Type: application/json",
    "403 Forbidden\r\nContent-Type: text/html",
    "404 Not Found\r\nContent-Type: application/cbor\r\nsmithy-protocol: rpc-v2-cbor",
    "302 Found\r\nLocation: https://example.com/",
];

/// Makes a call with `bytes` as the answer. `is_local`: the local cloud, which has credentials of its own.
pub(crate) fn ask(bytes: &[u8], is_local: bool) {
    let [call, head, body @ ..] = bytes else { return };
    let _alone = ALONE.lock();
    let head = HEADS[usize::from(*head) % HEADS.len()];
    let mut answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    *ANSWER.lock().expect("a lock") = answer;
    let (runtime, clients) = WORLD.get_or_init(|| world(is_local));
    runtime.block_on(asked(clients, *call));
}

fn world(is_local: bool) -> (Runtime, Clients) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(client));
        }
    });
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let settings = Settings {
        endpoint: Some(endpoint),
        region: Some("eu-west-1".to_owned()),
        local: is_local,
        ..Settings::default()
    };
    let clients = runtime.block_on(Clients::new(settings)).expect("clients");
    (runtime, clients)
}

/// Answers each request as soon as its head and its declared body have arrived.
fn serve(mut client: TcpStream) -> Option<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 65_536]);
    loop {
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        request.extend_from_slice(&buffer[..count]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
        if request.len() < end + 4 + length.unwrap_or(0) {
            continue;
        }
        request.clear();
        let answer = ANSWER.lock().ok()?.clone();
        client.write_all(&answer).ok()?;
        if head.starts_with("head ") {
            // The body is not part of an answer.
            return None;
        }
    }
}

/// Properties of every call.
fn check<T: Debug>(outcome: Result<T, CallError>) {
    if let Err(error) = outcome {
        let text = error.to_string();
        assert!(text.len() < 10_000, "{} bytes: {text}", text.len());
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}

async fn asked(clients: &Clients, call: u8) {
    let store = ArtifactStore::own("123456789012", "eu-west-1", Default::default());
    let key = || RowKey {
        partition: processor::row::KeyValue::Text("a".to_owned()),
        sort: Some(processor::row::KeyValue::Text("b".to_owned())),
    };
    let query = || Query {
        table: "t".to_owned(),
        index: None,
        partition: ("p".to_owned(), processor::row::KeyValue::Text("a".to_owned())),
        sort: Some("s".to_owned()),
        oldest_first: false,
        from: None,
        to: None,
        unexpired_at: Some(1),
    };
    let event = || BusEvent {
        source: "s".to_owned(),
        detail_type: "t".to_owned(),
        detail: "{}".to_owned(),
        ..BusEvent::default()
    };
    match call % 44 {
        0 => check(clients.identity().await),
        1 => check(clients.stack("s").await),
        2 => check(clients.deleted_stack("s").await),
        3 => check(clients.template("s").await),
        4 => check(clients.change_set("s", "c").await),
        5 => check(clients.events_after("s", None).await),
        6 => check(clients.recent_events("s").await),
        7 => check(clients.validation_findings("c").await),
        8 => check(clients.stack_policy("s").await),
        9 => check(clients.resources("s").await),
        10 => check(clients.detected_drifts("s").await),
        11 => check(clients.drift_detection("d").await),
        12 => check(clients.mapping("m").await),
        13 => check(clients.alarms(&["a".to_owned()]).await),
        14 => check(clients.dashboard("d").await),
        15 => check(clients.existing_table("t").await),
        16 => check(clients.exists("AWS::Logs::LogGroup", "g").await),
        17 => check(clients.exists("AWS::Events::Archive", "a").await),
        18 => check(clients.function("f").await),
        19 => check(clients.live_version("f").await),
        20 => check(clients.key("arn:aws:kms:eu-west-1:123456789012:key/1").await.map(|key| key.is_some())),
        21 => check(rows_in_order(clients, vec![query()], 20).await),
        22 => check(
            clients.rows("t", KeyNames { partition: "p", sort: Some("s"), newer_by: None }, &[key()]).await,
        ),
        23 => check(clients.depth("q").await),
        24 => check(clients.put_events("b", &[event()]).await),
        25 => check(clients.artifacts(&store, "p").await),
        26 => check(clients.artifact(&store, "k", None).await),
        27 => check(clients.peek("q", 1).await),
        28 => check(clients.hide("q", &["r".to_owned()], 0).await),
        29 => check(clients.send_messages("q", &[DeadLetter::default()]).await),
        30 => check(clients.delete_messages("q", &[DeadLetter::default()]).await),
        31 => check(clients.oldest_seconds("q").await),
        32 => check(clients.row_count("t").await),
        33 => check(clients.owner("i").await),
        34 => check(clients.existing_alarms(&["a".to_owned()]).await),
        35 => check(clients.key_tags("arn:aws:kms:eu-west-1:123456789012:key/1").await),
        36 => check(clients.exists("AWS::SQS::Queue", "q").await),
        37 => check(clients.exists("AWS::Events::EventBus", "b").await),
        38 => check(clients.exists("AWS::Lambda::Function", "f").await),
        _ => changed(clients, call % 44).await,
    }
}

/// The calls that change something: most of their answers are empty.
async fn changed(clients: &Clients, call: u8) {
    match call {
        39 => check(clients.detect_drift("s").await),
        40 => check(clients.delete_change_set("s", "c").await),
        41 => check(clients.execute_change_set("s", "c", "t", false).await),
        42 => check(clients.delete_stack("s", "t", None, &Deletion::default()).await),
        _ => check(clients.set_stack_policy("s", "{}").await),
    }
}
