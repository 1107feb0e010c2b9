//! The requests of pipectl to AWS, as sent over the network: one JSON object per line in `target/tmp/requests/`, which
//! `.ci/check-requests` compares with the services' models.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::sync::Mutex;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// Most requests of one shape that are stored per process: values differ, shapes do not.
const ALIKE: usize = 8;
/// Most requests of one operation that are stored per process, of any shape.
const MOST: usize = 200;
/// Headers that sign, route or measure, and hold no member of any operation.
const TRANSPORT: [&str; 15] = [
    "accept",
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-user-agent",
    // Set by a test in place of TLS.
    "x-forwarded-proto",
];

/// This process's file, and how often each shape and operation is in it.
struct Recording {
    file: fs_err::File,
    seen: HashMap<u64, usize>,
}

static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);

/// Appends a request to this process's recording, unless it is like many earlier ones. `head`: request line and headers.
/// Only requests of an AWS SDK for Rust count, because tests may send any others.
pub(crate) fn record(head: &str, body: &[u8]) {
    let headers = headers(head);
    let Some(service) = headers.get("authorization").and_then(|text| scope(text)) else { return };
    if !headers.get("user-agent").is_some_and(|agent| agent.starts_with("aws-sdk-rust/")) {
        return;
    }
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let telling: BTreeMap<&str, &str> = headers
        .iter()
        .filter(|(name, _)| !TRANSPORT.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    // The content of an object belongs to the bucket's owner: no model describes it, and it may be large.
    let is_object = service == "s3" && query.split('&').any(|pair| pair == "x-id=PutObject");
    let recorded = if is_object { &[] } else { body };

    let names: BTreeSet<&str> = telling.keys().copied().collect();
    let operation = match (telling.get("x-amz-target"), action(body)) {
        (Some(target), _) => (*target).to_owned(),
        (None, Some(action)) => action,
        (None, None) => format!("{method} {} {} {}", path.matches('/').count(), names_of(query), part(path)),
    };
    let shape = (service, &operation, names, shape(recorded));
    let mut recording = RECORDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let recording = recording.get_or_insert_with(begin);
    let is_one_too_many = |seen: &mut HashMap<u64, usize>, key, most| {
        let count = seen.entry(key).or_default();
        *count += 1;
        *count > most
    };
    if is_one_too_many(&mut recording.seen, hash(&shape), ALIKE)
        || is_one_too_many(&mut recording.seen, hash(&(service, operation)), MOST)
    {
        return;
    }
    let line = json!({
        "service": service, "method": method, "path": path, "query": query, "headers": telling,
        "body": BASE64_STANDARD.encode(recorded), "length": body.len(),
    });
    writeln!(recording.file, "{line}").expect("a written line");
}

/// The end of a path that is a word and not a name: `configuration` and `concurrency` of a function are two operations.
fn part(path: &str) -> &str {
    let end = path.rsplit('/').next().unwrap_or_default();
    if end.bytes().all(|character| character.is_ascii_lowercase()) { end } else { "" }
}

/// One file per process: tests of several binaries run at the same time.
fn begin() -> Recording {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("requests");
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(format!("{}.jsonl", std::process::id()));
    let file = fs_err::OpenOptions::new().create(true).append(true).open(path).expect("a file");
    Recording { file, seen: HashMap::new() }
}

fn headers(head: &str) -> BTreeMap<String, String> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    lines.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned())).collect()
}

/// The service that a request is signed for: `Credential=KEY/20261127/eu-west-1/monitoring/aws4_request`.
fn scope(authorization: &str) -> Option<&str> {
    authorization.split_once("Credential=")?.1.split(['/', ',']).nth(3)
}

/// The action of a form: `Action=DescribeStacks&Version=…`.
fn action(body: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(&body[..body.len().min(128)]).into_owned();
    start.strip_prefix("Action=")?.split('&').next().map(str::to_owned)
}

/// The names of the members, without their values.
fn shape(body: &[u8]) -> Vec<String> {
    if let Ok(document) = serde_json::from_slice::<Value>(body) {
        let mut paths = BTreeSet::new();
        collect(&document, "", &mut paths);
        return paths.into_iter().collect();
    }
    match std::str::from_utf8(body) {
        Ok(form) if form.starts_with("Action=") => vec![names_of(form)],
        // XML elements: the text between them begins after a `>`.
        Ok(xml) => xml.split('<').filter_map(|tag| tag.split(['>', ' ']).next()).map(str::to_owned).collect(),
        // CBOR: its length is the best available indicator.
        Err(_) => vec![body.len().to_string()],
    }
}

fn collect(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| collect(value, &format!("{path}/{key}"), paths))
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, &format!("{path}/*"), paths)),
        _ => {
            paths.insert(path.to_owned());
        }
    }
}

/// The names of a form or of a query; those of a list's members once.
fn names_of(form: &str) -> String {
    let names: BTreeSet<String> = form
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .map(|name| name.chars().filter(|one| !one.is_ascii_digit()).collect())
        .collect();
    names.into_iter().collect::<Vec<_>>().join("&")
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
