//! The local console: the page in a real browser, and who gets an answer from its server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use pipectl::interrupt::Signal;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::cloud::{Cloud, SPEC};
use crate::tools::target;

/// Longer than any limit of the server.
const PATIENCE: Duration = Duration::from_secs(60);
/// Would run if it were interpreted as markup.
const HOSTILE: &str = "<img src=x onerror=alert(1)><script>alert(2)</script>";

/// The running server.
struct Console {
    child: Child,
    port: u16,
    token: String,
}

impl Console {
    fn start(cloud: &Cloud) -> Self {
        let spec = cloud.path("spec.yaml");
        let mut command = cloud.command(&["local", "ui", spec.to_str().expect("UTF-8"), "--format", "json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("pipectl runs");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let port = answer["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let url = answer["url"].as_str().expect("an address");
        let token =
            url.strip_prefix(&format!("http://127.0.0.1:{port}/#token=")).expect("a token behind `#`");
        Self { child, port, token: token.to_owned() }
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#token={}", self.port, self.token)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a server");
        stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
        stream
    }

    /// The whole answer to these bytes; empty if the server closes the connection.
    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        // A server that has refused the head need not read the body.
        let _refused_before = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _closed_early = stream.read_to_string(&mut answer);
        answer
    }

    /// A request with these headers in addition to Host.
    fn ask(&self, first: &str, headers: &[(&str, &str)], body: &str) -> String {
        let host = format!("127.0.0.1:{}", self.port);
        let host = if headers.iter().any(|(name, _)| *name == "Host") {
            None
        } else {
            Some(("Host", host.as_str()))
        };
        let lines: String =
            host.iter().chain(headers).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if first.starts_with("POST") {
            format!("Content-Length: {}\r\n", body.len())
        } else {
            String::new()
        };
        self.raw(&format!("{first} HTTP/1.1\r\n{lines}{length}\r\n{body}"))
    }

    fn api(&self, first: &str, body: &str) -> String {
        let headers = [("X-Pipectl-Token", self.token.as_str()), ("Content-Type", "application/json")];
        self.ask(first, &headers, body)
    }

    fn json(&self, first: &str, body: &str) -> Value {
        let answer = self.api(first, body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer}"));
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {head}\n{body}"))
    }

    fn ends_by_ctrl_c(mut self) {
        Signal::Interrupt.send(self.child.id());
        let ended = self.child.wait().expect("an end");
        assert_eq!(ended.code(), Some(130));
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// An event as the queue receives it.
fn event(id: &str, detail: &Value) -> Value {
    json!({
        "id": id, "source": "shipment.service", "detail-type": "shipment.created", "time": "2026-11-28T03:00:01Z",
        "detail": detail,
    })
}

/// An event that is newer than all generated ones.
fn detail(key: &str, kind: &str) -> Value {
    json!({"shipment_id": key, "event_timestamp": "2099-11-28T03:00:00Z", "event_type": kind, "event_data": {"by": kind}})
}

/// A pipeline with rows, one of them of a hostile event, and three dead letters: one can be fixed once the key of its row
/// is free.
fn pipeline() -> Cloud {
    let cloud = Cloud::new();
    cloud.write("sample.json", &event("", &detail("S-sample", "sampled")).to_string());
    cloud.write("spec.yaml", &SPEC.replace("bus:\n", "bus:\n  samples: {match: [sample.json]}\n"));
    cloud.local("apply", &[]).succeeded();
    cloud.local("send", &["--count", "24", "--wait"]).succeeded();
    let without_type =
        json!({"shipment_id": "S-1", "event_timestamp": "2026-11-28T03:00:00Z", "event_data": {}});
    let lines = [
        event("e-first", &detail("S-taken", "first")),
        event("e-hostile", &detail("S-hostile", HOSTILE)),
        event("e-second", &detail("S-taken", "second")),
        event("e-bad", &without_type),
        event("e-worse", &without_type),
    ];
    // The first is a row before the second arrives.
    for (lines, code) in [(&lines[..2], 0), (&lines[2..], 1)] {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let file = cloud.write("events.jsonl", &text);
        let sent = ["--event", file.to_str().expect("UTF-8"), "--to", "queue", "--wait", "--timeout", "120"];
        cloud.local("send", &sent).exited(code);
    }
    let key = cloud.local("query", &["--key", "S-taken", "--format", "json"]).succeeded().json();
    let free = json!({"TableName": "walk-test", "Key": {
        "shipment_id": {"S": "S-taken"}, "event_timestamp": {"S": key["rows"][0]["event_timestamp"]},
    }});
    cloud.target("dynamodb", "DynamoDB_20120810.DeleteItem", &free.to_string());
    cloud
}

#[test]
fn the_page_shows_the_pipeline_sends_a_sample_and_redrives_and_nobody_else_is_answered() {
    let cloud = pipeline();
    let console = Console::start(&cloud);
    nobody_else_is_answered(&console);
    slow_clients_hold_nobody_up(&console);

    let mut browser = Browser::open();
    browser.size(1280, 900, 2.0);
    browser.prefers(&[("prefers-color-scheme", "light")]);
    // The dialog of a hostile event would never close, and no answer would come.
    browser.go(&console.url());
    it_shows_the_pipeline(&mut browser, &console);
    a_sample_becomes_a_row(&mut browser);
    a_rejected_event_has_a_reason(&mut browser);
    dead_letters_are_sent_back(&mut browser, &cloud);
    it_can_be_read_everywhere(&mut browser);
    it_asks_this_server_alone(&browser, &console);
    drop(browser);

    a_client_that_leaves_changes_nothing(&console, &cloud);
    console.ends_by_ctrl_c();
}

fn nobody_else_is_answered(console: &Console) {
    let (token, json) = (("X-Pipectl-Token", console.token.as_str()), ("Content-Type", "application/json"));
    let (status, send) = ("GET /api/status", "POST /api/send");
    for (first, headers) in [
        (status, &[][..]),
        (status, &[("Host", "rebound.example"), token]),
        (status, &[("Origin", "http://other.example"), token]),
        (status, &[("Sec-Fetch-Site", "cross-site"), token]),
        (status, &[("X-Pipectl-Token", &"0".repeat(32))]),
        (&format!("GET /api/status?token={}", console.token), &[]),
        (&format!("GET /{}/api/status", console.token), &[]),
        (&format!("GET /api/{}/status", console.token), &[]),
        ("GET /", &[("Host", "rebound.example")]),
        (send, &[json]),
        (
            "OPTIONS /api/send",
            &[("Origin", "http://other.example"), ("Access-Control-Request-Method", "POST")],
        ),
    ] {
        let answer = console.ask(first, headers, "{}");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 403 "), "{first} {headers:?}: {answer}");
        assert!(body.is_empty() && !head.contains("access-control-"), "{first}: {answer}");
    }
    let form = ("Content-Type", "text/plain");
    let answer = console.ask(send, &[token, form], "{}");
    assert!(answer.starts_with("HTTP/1.1 415 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = console.api(send, &"x".repeat(3 << 20));
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let promised = format!(
        "POST /api/send HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Pipectl-Token: {}\r\nContent-Type: application/json\r\n\
         Content-Length: 1000000000\r\n\r\n",
        console.port, console.token
    );
    let answer = console.raw(&promised);
    assert!(answer.starts_with("HTTP/1.1 413 "), "refused before it comes: {answer}");
    assert_eq!(console.json(send, r#"{"event": "{"}"#)["diagnostics"][0]["code"], "send::invalid-event");
    for first in ["GET /", "GET /app.js", "GET /api/pipeline", "GET /api/nothing"] {
        let answer = console.api(first, "").to_lowercase();
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; ",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
        ] {
            assert!(answer.contains(header), "{first} lacks `{header}`:\n{answer}");
        }
    }
    let pipeline = console.json("GET /api/pipeline", "").to_string();
    assert!(!pipeline.contains(&console.token));
}

/// More of them than the server serves at once: each loses its slot without being asked.
fn slow_clients_hold_nobody_up(console: &Console) {
    let mut slow: Vec<TcpStream> = (0..40).map(|_| console.connect()).collect();
    for (index, stream) in slow.iter_mut().enumerate().filter(|(index, _)| index % 2 == 0) {
        let body = if index % 4 == 0 { "Content-Length: 100\r\n\r\n{" } else { "" };
        let head = format!(
            "POST /api/send HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Pipectl-Token: {}\r\nContent-Type: application/json\r\n{body}",
            console.port, console.token
        );
        stream.write_all(head.as_bytes()).expect("a part of a request");
    }
    assert_eq!(console.json("GET /api/pipeline", "")["stack"], "walk-test");
    for mut stream in slow {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server hangs up");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

fn it_shows_the_pipeline(browser: &mut Browser, console: &Console) {
    browser.sees("#stack", "walk-test");
    browser.sees("#health", "failing");
    assert_eq!(browser.value("location.href"), format!("http://127.0.0.1:{}/", console.port));
    browser.sees("#value-table", "25 rows");
    browser.sees("#flow-rows", "26");
    browser.sees("#value-dead", "3");
    browser.sees("#letters", "missing-field");
    browser.sees("#letters", "event_type is missing");
    browser.sees("#letters", "conflict");
    browser.sees("#rows", HOSTILE);
    assert_eq!(browser.value("document.querySelectorAll('main img, main script').length"), 0);
    // A reloaded page still has its token.
    browser.ask("Page.reload", &json!({}));
    browser.sees("#stack", "walk-test");
    browser.press("Tab", 9, false);
    assert_eq!(browser.value("document.activeElement.className"), "skip");
}

fn a_sample_becomes_a_row(browser: &mut Browser) {
    browser.sees("#sample", "sample.json");
    browser.value("document.querySelector('#sample').focus()");
    // The sample of the spec follows the generated event.
    browser.press("ArrowDown", 40, false);
    let shown = browser.value("document.querySelector('#event').value");
    let mut sample: Value = serde_json::from_str(shown.as_str().expect("a text")).expect("JSON");
    assert_eq!(sample["detail"]["shipment_id"], "S-sample");
    sample["detail"]["shipment_id"] = "S-by-hand".into();
    browser.click("#event");
    browser.types(&sample.to_string());
    browser.press("Enter", 13, true);
    browser.sees("#sent", "matched by the rule");
    browser.sees("#sent", "a row after");
    browser.sees("#row", "\"shipment_id\": \"S-by-hand\"");
    browser.sees("#rows", "S-by-hand");
    browser.sees("#value-table", "26 rows");
    browser.click("#submit");
    browser.sees("#sent", "its row already existed");
    // Twice at once, as the keyboard can do, is one event.
    let twice = "(() => { const form = document.querySelector('#send'); form.requestSubmit(); form.requestSubmit(); return 2; })()";
    assert_eq!(browser.value(twice), 2);
    browser.sees("#sent", "its row already existed");
    let sends =
        "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/api/send')).length";
    assert_eq!(browser.value(sends), 3);
}

fn a_rejected_event_has_a_reason(browser: &mut Browser) {
    let send = |browser: &mut Browser, text: &str| {
        browser.click("#event");
        browser.types(text);
        browser.click("#submit");
    };
    send(browser, r#"{"source": "other.service", "detail-type": "shipment.created", "detail": {}}"#);
    browser.sees("#sent", "no rule matches it, so nothing receives it");
    send(
        browser,
        r#"{"source": "shipment.service", "detail-type": "shipment.created", "detail": {"shipment_id": "S-2"}}"#,
    );
    browser.sees("#sent", "the processor rejects it: ");
    browser.sees("#value-dead", "4");
    send(browser, "{");
    browser.sees("#sent", "it is not JSON");
}

fn dead_letters_are_sent_back(browser: &mut Browser, cloud: &Cloud) {
    browser.click("#redrive");
    browser.sees("#redriven", "1 message was redriven");
    let proof = |browser: &mut Browser, name: &str| browser.text(&format!("#proof-{name}"));
    let figures = ["before", "sent", "deleted", "remaining", "lost"].map(|name| proof(browser, name));
    assert_eq!(figures, ["4", "1", "1", "3", "none"]);
    browser.sees("#redriven", "3 would fail again: missing-field");
    browser.sees("#value-dead", "3");
    browser.sees("#value-table", "27 rows");
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    let redrive = &history["operations"][0];
    assert_eq!(
        (&redrive["operation"], &redrive["sent"], &redrive["complete"]),
        (&json!("redrive"), &json!(1), &json!(true))
    );
}

fn it_can_be_read_everywhere(browser: &mut Browser) {
    for (name, width, scheme) in [
        ("wide", 1280, "light"),
        ("narrow", 390, "light"),
        ("dark", 1280, "dark"),
        ("narrow-dark", 390, "dark"),
    ] {
        browser.prefers(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]);
        browser.size(width, 900, 2.0);
        browser.sees("#stack", "walk-test");
        browser.value("new Promise((then) => setTimeout(then, 300))");
        let over = browser.value("document.documentElement.scrollWidth - innerWidth");
        assert!(over.as_i64().is_some_and(|over| over <= 0), "{name} is {over} too wide");
        browser.picture(&target(&format!("local-console/{name}.png")));
    }
    // Every control has an accessible name.
    let unnamed = browser.value(
        "[...document.querySelectorAll('button, select, textarea')].filter((one) => \
         !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).map((one) => one.id)",
    );
    assert_eq!(unnamed, json!([]));
}

fn it_asks_this_server_alone(browser: &Browser, console: &Console) {
    let own = format!("http://127.0.0.1:{}/", console.port);
    let mut asked = 0;
    for event in &browser.events {
        match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = event["params"]["request"]["url"].as_str().expect("an address");
                assert!(url.starts_with(&own) || url.starts_with("data:"), "{url}");
                assert!(!url.contains(&console.token), "{url}");
                asked += 1;
            }
            Some("Runtime.exceptionThrown" | "Page.javascriptDialogOpening") => panic!("{event}"),
            // Including what the content security policy blocked.
            Some("Log.entryAdded") => panic!("{event}"),
            _ => {}
        }
    }
    assert!(asked > 10, "{asked} requests");
}

/// Its redrive continues without it.
fn a_client_that_leaves_changes_nothing(console: &Console, cloud: &Cloud) {
    let mut stream = console.connect();
    let body = "{}";
    write!(
        stream,
        "POST /api/redrive HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-Pipectl-Token: {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        console.port,
        console.token,
        body.len()
    )
    .expect("a request");
    stream.shutdown(Shutdown::Both).expect("an end");
    drop(stream);
    // One at a time: the next one is refused until the first has ended, and then sees all messages. None stays hidden.
    let begun = Instant::now();
    let answer = loop {
        let answer = console.json("POST /api/redrive", body);
        if answer["diagnostics"].is_null() {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((&answer["proof"]["remaining"], &answer["hidden"]), (&json!(3), &json!(0)), "{answer}");
    let history = cloud.local("history", &["--format", "json"]).succeeded().json();
    let all = history["operations"].as_array().expect("a list");
    assert!(all.iter().all(|one| one["complete"] == true), "{history}");
}

#[test]
fn it_is_for_the_local_cloud_alone() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    for flag in [["--endpoint-url", "https://dynamodb.eu-west-1.amazonaws.com"], ["--profile", "work"]] {
        let run = cloud.run(&[&["local", "ui", spec], &flag[..]].concat()).exited(4);
        run.reports(&["error[guard::local-only]", flag[0], "pipectl status SPEC --watch"]);
    }
    cloud.run(&["local", "ui", "-"]).exited(1).reports(&["stdin can be read only once"]);
}
