//! A server that is broken, hostile or not AWS, in place of AWS. Whatever it answers, a command ends by itself, needs
//! little memory, and reports the answer.

use std::fs;
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use pipectl::aws::{Clients, Settings};
use pipectl::operate::{Query, TableApi as _, rows_in_order};
use pipectl::stack::{
    CallError, CallErrorKind, ChangeSetRequest, DriftApi as _, KeyApi as _, StackApi as _, TemplateSource,
};

use crate::calls::change_set;
use crate::cloud::Run;
use crate::reach::{Desk, aws, with_keys};
use crate::scripted::{Answer, Request, Scripted, body, head, parsed};

/// Ten times the need of a command; an endless answer takes more within seconds.
const MEMORY: u64 = 1 << 30;
/// Only catches a command that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

type Act = dyn Fn(&Request, &mut TcpStream) -> io::Result<()> + Send + Sync;

/// Reads one request per connection, writes any bytes and closes it.
struct Raw {
    port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl Raw {
    fn new(act: impl Fn(&Request, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (act, log): (Arc<Act>, _) = (Arc::new(act), Arc::clone(&seen));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (act, log) = (Arc::clone(&act), Arc::clone(&log));
                thread::spawn(move || drop(converse(client, &*act, &log)));
            }
        });
        Self { port, seen }
    }

    fn http(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn count(&self, chosen: impl Fn(&Request) -> bool) -> usize {
        self.seen.lock().expect("a lock").iter().filter(|request| chosen(request)).count()
    }
}

fn converse(mut client: TcpStream, act: &Act, log: &Mutex<Vec<Request>>) -> io::Result<()> {
    let Some(head) = head(&mut client)? else { return Ok(()) };
    let asked = parsed(&head);
    let request = Request { body: body(&mut client, &asked)?, ..asked };
    log.lock().expect("a lock").push(request.clone());
    act(&request, &mut client)
}

/// Writes an answer with this status and these header lines.
fn write(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

fn proper(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    write(stream, &format!("{} Scripted", answer.status), &headers, answer.body.as_bytes())
}

/// A body without an end, in pieces of `piece`.
fn endless(stream: &mut TcpStream, start: &str, piece: &str) -> io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n{start}")?;
    let many = piece.repeat(65_536 / piece.len() + 1);
    loop {
        stream.write_all(many.as_bytes())?;
    }
}

/// A stack that is not being changed, and the answers before the queues are read.
fn good(request: &Request) -> Answer {
    match request.action() {
        "DescribeStacks" => Answer::xml(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>walk-test</StackName>\
             <StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/walk-test/1</StackId>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>\
             </member></Stacks></DescribeStacksResult></DescribeStacksResponse>",
        ),
        "GetTemplate" => Answer::xml(
            "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody></GetTemplateResult></GetTemplateResponse>",
        ),
        "DetectStackDrift" => Answer::xml(
            "<DetectStackDriftResponse><DetectStackDriftResult><StackDriftDetectionId>1</StackDriftDetectionId>\
             </DetectStackDriftResult></DetectStackDriftResponse>",
        ),
        "ListStackResources" => Answer::xml(
            "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries/></ListStackResourcesResult>\
             </ListStackResourcesResponse>",
        ),
        _ if target(request, "GetQueueUrl") => Answer::json(r#"{"QueueUrl":"http://127.0.0.1/q"}"#),
        _ if target(request, "GetQueueAttributes") => Answer::json(
            r#"{"Attributes":{"ApproximateNumberOfMessages":"0","ApproximateNumberOfMessagesNotVisible":"0","ApproximateNumberOfMessagesDelayed":"0"}}"#,
        ),
        _ if target(request, "DescribeEventBus") => Answer::json(r#"{"Name":"walk-test"}"#),
        _ => aws(request),
    }
}

fn target(request: &Request, name: &str) -> bool {
    request.header("x-amz-target").ends_with(name)
}

/// A server that answers all calls correctly except one, which `act` answers.
fn but_for(
    call: &'static str,
    act: impl Fn(&mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
) -> Raw {
    Raw::new(move |request, stream| {
        let lists = call == "ListBucket" && request.path.contains("list-type=2");
        match lists || request.action() == call || target(request, call) {
            true => act(stream),
            false => proper(stream, &good(request)),
        }
    })
}

/// Runs with little memory, at most a minute of CPU time and only one attempt, unless `variables` set others.
fn limited(desk: &Desk, verb: &str, more: &[&str], endpoint: &str, variables: &[(&str, &str)]) -> Run {
    let arguments: Vec<&str> = ["--endpoint-url", endpoint].into_iter().chain(more.iter().copied()).collect();
    let inner = desk.typed(verb, &arguments, &with_keys(variables));
    let mut outer = Command::new("prlimit");
    outer.args([format!("--as={MEMORY}"), "--cpu=60".to_owned()]);
    outer.arg(inner.get_program()).args(inner.get_args()).env_clear();
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    outer.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(std::process::Stdio::null());
    Run::of(outer.output().expect("`prlimit` of util-linux runs"))
}

/// Shown as a failed call, without terminal control codes.
#[track_caller]
fn failed(run: Run, words: &[&str]) -> Run {
    let run = run.exited(1).reports(&["error[aws::"]).reports(words);
    assert!(run.stderr.chars().all(|one| !one.is_control() || one == '\n'), "{:?}", run.stderr);
    assert!(run.stderr.len() < 4_000, "{} bytes on stderr", run.stderr.len());
    run
}

#[test]
fn a_body_without_an_end_is_left_at_a_limit() {
    let desk = Desk::new();
    let server = Raw::new(|_, stream| endless(stream, "<GetCallerIdentityResponse>", "text "));
    failed(limited(&desk, "history", &[], &server.http(), &[]), &["sts:GetCallerIdentity", "is larger than"]);

    // An object may be larger than other answers, and has a limit too.
    let server = Raw::new(|request, stream| match request.path.split('?').next() {
        Some("/pipectl-123456789012-eu-west-1-an/" | "/pipectl-123456789012-eu-west-1-an") => proper(
            stream,
            &Answer::xml(
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>stacks/walk-test/20260101T000000Z-1.json</Key></Contents></ListBucketResult>",
            ),
        ),
        Some(path) if path.contains("20260101T000000Z-1.json") => endless(stream, "{", " "),
        _ => proper(stream, &good(request)),
    });
    failed(limited(&desk, "history", &[], &server.http(), &[]), &["s3:GetObject", "is larger than"]);

    for (verb, call, start) in [
        ("dlq list", "ReceiveMessage", "{\"Messages\":[{\"Body\":\""),
        ("status", "GetQueueAttributes", "{\"Attributes\":{\""),
        ("query", "Query", "{\"Items\":[{\"a\":{\"S\":\""),
    ] {
        let server = but_for(call, move |stream| endless(stream, start, "x"));
        let run = limited(&desk, verb, &[], &server.http(), &[]);
        failed(run, &[call, "is larger than"]);
    }
}

/// Three bytes of an answer can become a thousand in memory.
#[test]
fn small_parts_in_great_number_do_not_fill_the_memory() {
    let desk = Desk::new();
    for (verb, call, start, piece) in [
        ("status", "DescribeStacks", "<DescribeStacksResponse><DescribeStacksResult><Stacks>", "<member/>"),
        ("dlq list", "ReceiveMessage", "{\"Messages\":[{}", ",{}"),
        ("query", "Query", "{\"Items\":[{}", ",{}"),
    ] {
        let end = match verb {
            "status" => "</Stacks></DescribeStacksResult></DescribeStacksResponse>",
            "query" => "],\"Count\":1,\"ScannedCount\":1}",
            _ => "]}",
        };
        // Valid in form: as much as is read, and more.
        for (parts, is_read) in [(190_000, true), (10_000_000, false)] {
            let text = [start, &piece.repeat(parts), end].concat();
            let server = but_for(call, move |stream| write(stream, "200 OK", "", text.as_bytes()));
            let run = limited(&desk, verb, &[], &server.http(), &[]);
            assert!(
                run.code.is_some() && !run.stderr.contains("memory allocation"),
                "{verb}: {}",
                run.stderr
            );
            if !is_read {
                failed(run, &[call]);
            }
        }
    }
}

#[test]
fn an_answer_nested_without_measure_is_refused() {
    let desk = Desk::new();
    let deep = 1_000_000;
    for (verb, call, text) in [
        ("history", "GetCallerIdentity", "<a>".repeat(deep)),
        ("status", "DescribeStacks", format!("<DescribeStacksResponse>{}", "<member>".repeat(deep / 4))),
        ("dlq list", "ReceiveMessage", "[".repeat(deep)),
        ("dlq list", "GetQueueUrl", "{\"a\":".repeat(deep / 2)),
        ("query", "Query", format!("{{\"Items\":[{{\"a\":{}", "{\"L\":[".repeat(deep / 2))),
        ("query", "Query", format!("{{\"Items\":[{{\"a\":{}", "{\"M\":{\"a\":".repeat(deep / 4))),
    ] {
        let server = but_for(call, move |stream| write(stream, "200 OK", "", text.as_bytes()));
        failed(limited(&desk, verb, &[], &server.http(), &[]), &[call]);
    }
}

/// S3's list over the network, in few bytes: a repeated token, and tokens without end.
#[test]
fn pages_without_an_end_are_left() {
    let desk = Desk::new();
    for distinct in [false, true] {
        let count = Mutex::new(0);
        let server = Raw::new(move |request, stream| {
            if !request.path.contains("list-type=2") {
                return proper(stream, &good(request));
            }
            let mut count = count.lock().expect("a lock");
            *count += usize::from(distinct);
            proper(
                stream,
                &Answer::xml(format!(
                    "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t{count}</NextContinuationToken>\
                 <Contents><Key>stacks/walk-test/{count}.json</Key></Contents></ListBucketResult>"
                )),
            )
        });
        let words = if distinct { "pages" } else { "the same page" };
        failed(limited(&desk, "history", &[], &server.http(), &[]), &["s3:ListBucket", words]);
    }
}

/// Every call of ours with paged answers.
#[test]
fn a_token_that_comes_again_ends_each_call_with_pages() {
    let server = Scripted::new(|request| match request.header("x-amz-target").rsplit('.').next() {
        Some("Query") => Answer::json(
            r#"{"Items":[],"Count":0,"ScannedCount":0,"LastEvaluatedKey":{"p":{"S":"a"},"s":{"S":"b"}}}"#,
        ),
        _ => {
            let action = request.action();
            let lists = ["StackSummaries", "StackEvents", "StackResourceSummaries", "StackResourceDrifts"];
            let lists: String = lists.iter().map(|list| format!("<{list}/>")).collect();
            Answer::xml(format!(
                "<{action}Response><{action}Result>{lists}<NextToken>again</NextToken></{action}Result></{action}Response>"
            ))
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let settings = Settings { endpoint: Some(server.http()), local: true, ..Settings::default() };
    let clients = runtime.block_on(Clients::new(settings)).expect("clients");
    let ends = |name: &str, call: &mut dyn FnMut() -> Result<(), CallError>| {
        let error = call().expect_err(name);
        assert!(error.to_string().contains("the same page"), "{name}: {error}");
        assert!(server.taken().len() <= 3, "{name}");
    };
    macro_rules! each {
        ($($name:literal: $call:expr,)*) => { $(
            ends($name, &mut || {
                let limited = async { tokio::time::timeout(PATIENCE / 8, $call).await };
                runtime.block_on(limited).expect("an end").map(drop)
            });
        )* };
    }
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
    each! {
        "ListStacks": clients.deleted_stack("walk-test"),
        "DescribeChangeSet": clients.change_set("walk-test", "c"),
        "DescribeStackEvents": clients.events_after("walk-test", None),
        "DescribeEvents": clients.validation_findings("c"),
        "ListStackResources": clients.resources("walk-test"),
        "DescribeStackResourceDrifts": clients.detected_drifts("walk-test"),
        "Query": rows_in_order(&clients, vec![query()], 20),
    }
    let server = Scripted::new(|_| Answer::json(r#"{"Tags":[],"Truncated":true,"NextMarker":"again"}"#));
    let settings = Settings { endpoint: Some(server.http()), local: true, ..Settings::default() };
    let clients = runtime.block_on(Clients::new(settings)).expect("clients");
    each! { "ListResourceTags": clients.key_tags("arn:aws:kms:eu-west-1:123456789012:key/1"), }
}

/// The list above has the known calls; a call that follows tokens in another way would be missing from it.
#[test]
fn every_page_token_is_followed_to_an_end() {
    const SETTERS: [&str; 4] =
        [".set_next_token(", ".set_marker(", ".set_next_marker(", ".set_continuation_token("];
    // It reads one page; its caller limits the number of pages.
    const PAGE_BY_PAGE: (&str, &str) = ("log_events.rs", "src/operate/log/follow.rs");
    let follows = fs::read_to_string(PAGE_BY_PAGE.1).expect("text");
    assert!(follows.contains("Pages::new(") && follows.contains("pages.next("), "{}", PAGE_BY_PAGE.1);
    let mut setters = 0;
    for entry in fs::read_dir("src/aws").expect("the folder") {
        let path = entry.expect("a file").path();
        let text = fs::read_to_string(&path).expect("text");
        let set: usize = SETTERS.iter().map(|setter| text.matches(setter).count()).sum();
        let is_page_by_page = path.ends_with(PAGE_BY_PAGE.0);
        let followed = text.matches("pages.next(").count();
        assert!(is_page_by_page || followed >= set, "{} follows a token by itself", path.display());
        setters += set;
    }
    assert!(setters > 5, "{setters}");
}

#[test]
fn silence_and_drops_are_left_at_a_deadline_of_their_own() {
    type Act = fn(&Request, &mut TcpStream) -> io::Result<()>;
    fn drip(stream: &mut TcpStream, text: &str) -> io::Result<()> {
        for byte in text.bytes().chain(std::iter::repeat(b' ')) {
            stream.write_all(&[byte])?;
            thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    }
    fn silent() -> io::Result<()> {
        thread::sleep(PATIENCE * 2);
        Ok(())
    }
    let acts: [(&str, Act); 4] = [
        ("silence", |_, _| silent()),
        ("a head in drops", |_, stream| drip(stream, "HTTP/1.1 200 OK\r\nX: ")),
        ("a body in drops", |_, stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n<GetCallerIdentityResponse>")?;
            drip(stream, "")
        }),
        ("silence within", |_, stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<Get")?;
            silent()
        }),
    ];
    let runs: Vec<_> = acts
        .into_iter()
        .map(|(name, act)| {
            thread::spawn(move || {
                let desk = Desk::new();
                let server = Raw::new(act);
                let begun = Instant::now();
                // Without any settings.
                let run = limited(&desk, "history", &[], &server.http(), &[("AWS_MAX_ATTEMPTS", "")]);
                (name, failed(run, &["sts:GetCallerIdentity"]), begun.elapsed())
            })
        })
        .collect();
    for run in runs {
        let (name, run, took) = run.join().expect("an end by itself");
        assert!(took < PATIENCE, "{name}: {took:?}: {}", run.stderr);
    }
}

#[test]
fn what_is_not_awss_answer_is_shown_by_its_status_and_first_words() {
    let desk = Desk::new();
    let page = "<!DOCTYPE html><html><head><style>p {}</style><title>Corp\x1b[2J guest\u{202e} network</title></head>\
                <body><p>Please sign in</p></body></html>";
    for (status, headers, body, words) in [
        ("200 OK", "Content-Type: text/html\r\n", page, &["HTTP 200", "guest", "network"] as &[&str]),
        ("403 Forbidden", "Content-Type: text/html\r\n", page, &["HTTP 403", "guest"]),
        ("511 Network Authentication Required", "", page, &["HTTP 511", "guest"]),
        (
            "302 Found",
            "Location: https://login.example.com/?next=1\r\nContent-Type: text/html\r\n",
            "",
            &["HTTP 302", "`https://login.example.com/`"],
        ),
        // A page with a wrong content type, and an unknown one.
        ("200 OK", "Content-Type: text/xml\r\n", page, &["HTTP 200", "guest"]),
        ("200 OK", "Content-Type: application/json\r\n", "{\"error\": \"nope\"}", &["HTTP 200", "nope"]),
        ("200 OK", "", "", &["HTTP 200", "not from AWS", "empty"]),
        (
            "200 OK",
            "",
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>../..</Account><Arn>a</Arn>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
            &["it has no `Account`"],
        ),
        ("404 Not Found", "Server: nginx\r\n", "no such \x07backend", &["HTTP 404", "no such backend"]),
        ("502 Bad Gateway", "", "upstream \u{9b}31m down", &["HTTP 502", "upstream"]),
        (
            "200 OK",
            "",
            "<GetCallerIdentityResponse><GetCallerIdentityRes",
            &["HTTP 200", "GetCallerIdentity"],
        ),
        ("200 OK", "", "<GetCallerIdentityResponse></b></GetCallerIdentityResponse>", &["HTTP 200"]),
        ("200 OK", "Content-Encoding: gzip\r\n", "\x1f\u{8b}\x08\0\0\0", &["HTTP 200"]),
    ] {
        let server = Raw::new(move |_, stream| write(stream, status, headers, body.as_bytes()));
        let run = limited(&desk, "history", &[], &server.http(), &[]);
        let run = failed(run, &["`sts:GetCallerIdentity` failed"]);
        for word in words {
            assert!(run.stderr.contains(word), "`{word}` of `{status}` is not in {}", run.stderr);
        }
        assert_eq!(server.count(|_| true), 1, "no redirect is followed");
    }
}

/// A valid answer of another server does not mean that the result is empty.
#[test]
fn what_is_no_answer_is_not_taken_for_an_empty_one() {
    let desk = Desk::new();
    let texts = [
        "",
        "<html><body/></html>",
        "<?xml version=\"1.0\"?><!DOCTYPE html><html/>",
        "<Other/>",
        "{}",
        "[]",
        "ok",
    ];
    let every = |own: &'static str| [&texts[..], &[own]].concat();
    for (verb, call, texts) in [
        ("history", "ListBucket", every("<ListBucketResult/>")),
        (
            "status",
            "DescribeStacks",
            every("<DescribeStacksResponse><DescribeStacksResult/></DescribeStacksResponse>"),
        ),
        ("dlq list", "GetQueueUrl", every("{\"Other\": 1}")),
        ("status", "GetQueueAttributes", every("{\"Attributes\": {}}")),
    ] {
        for text in texts {
            let text = text.to_owned();
            let server = but_for(call, move |stream| write(stream, "200 OK", "", text.as_bytes()));
            failed(limited(&desk, verb, &[], &server.http(), &[]), &[call]);
        }
    }
}

#[test]
fn a_json_service_that_answers_something_else_is_shown_as_well() {
    let desk = Desk::new();
    for (status, body) in [
        ("200 OK", "<html><title>Sign in</title></html>"),
        ("200 OK", "{\"QueueUrl\": \"http"),
        ("200 OK", "[]"),
        ("511 Network Authentication Required", "<html><title>Sign in</title></html>"),
        ("500 Oops", "\u{1b}]0;owned\u{7}Sign in"),
    ] {
        let server = but_for("GetQueueUrl", move |stream| {
            write(stream, status, "Content-Type: application/x-amz-json-1.0\r\n", body.as_bytes())
        });
        let run = limited(&desk, "dlq list", &[], &server.http(), &[]);
        let shown = if body.contains("Sign") { "Sign in" } else { &body[..2] };
        failed(run, &["`sqs:GetQueueUrl` failed", &format!("HTTP {}", &status[..3]), shown]);
    }
}

#[test]
fn what_is_not_even_http_ends_with_a_reason() {
    let desk = Desk::new();
    let garbage: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(64 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: y\r\n".repeat(1_000_000));
    for bytes in [
        garbage.clone(),
        b"HTTP/1.1 9999 what\r\n\r\n".to_vec(),
        b"HTTP/3.7 200 OK\r\n\r\n".to_vec(),
        b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n<".to_vec(),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n".to_vec(),
        long.into_bytes(),
        many.into_bytes(),
        Vec::new(),
    ] {
        let server = Raw::new(move |_, stream| stream.write_all(&bytes));
        failed(limited(&desk, "history", &[], &server.http(), &[]), &["sts:GetCallerIdentity"]);
    }
    // TLS is expected, and the server speaks something else.
    let server = Raw::new(|_, _| Ok(()));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let _ = client.write_all(&garbage);
        }
    });
    let variables = [("NO_PROXY", "127.0.0.1")];
    failed(
        limited(&desk, "history", &[], &format!("https://127.0.0.1:{port}"), &variables),
        &["sts:GetCallerIdentity"],
    );
    assert_eq!(server.count(|_| true), 0);
    // An old server is still a server.
    let server = Raw::new(|request, stream| {
        let answer = good(request);
        write!(stream, "HTTP/1.0 {} OK\r\n\r\n{}", answer.status, answer.body)
    });
    limited(&desk, "history", &[], &server.http(), &[]).succeeded();
}

#[test]
fn words_of_a_service_without_measure_are_shortened() {
    let desk = Desk::new();
    let message = "x\x1b[31m".repeat(100_000);
    let body = format!(
        "<ErrorResponse><Error><Code>{message}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    let server = Raw::new(move |_, stream| {
        let id = "i".repeat(8_000);
        write(stream, "400 Bad Request", &format!("x-amzn-requestid: {id}\r\n"), body.as_bytes())
    });
    failed(limited(&desk, "history", &["-vv"], &server.http(), &[]), &["HTTP 400"]);
}

/// An event that is put twice is two events.
#[test]
fn events_are_not_put_again_when_their_answer_is_lost() {
    let desk = Desk::new();
    for cut in ["", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"Entr"] {
        let server = but_for("PutEvents", move |stream| stream.write_all(cut.as_bytes()));
        let run = limited(&desk, "send", &["--count", "1"], &server.http(), &[("AWS_MAX_ATTEMPTS", "")]);
        failed(run, &["events:PutEvents", "may have accepted"]);
        assert_eq!(server.count(|request| target(request, "PutEvents")), 1);
    }
    // Entries that the service refused temporarily are put again.
    let refused = Mutex::new(0);
    let server = Raw::new(move |request, stream| {
        if !target(request, "PutEvents") {
            return proper(stream, &good(request));
        }
        let mut refused = refused.lock().expect("a lock");
        *refused += 1;
        if *refused < 3 {
            return write(stream, "400 Bad Request", "x-amzn-errortype: ThrottlingException\r\n", b"{}");
        }
        write(stream, "200 OK", "", br#"{"Entries":[{"EventId":"e"}],"FailedEntryCount":0}"#)
    });
    limited(&desk, "send", &["--count", "1"], &server.http(), &[("AWS_MAX_ATTEMPTS", "")]).succeeded();
    // Nothing was sent because no server listened.
    let reads = Mutex::new(0);
    let server = Raw::new(move |request, stream| {
        let mut reads = reads.lock().expect("a lock");
        *reads += 1;
        if *reads == 1 { Ok(()) } else { proper(stream, &good(request)) }
    });
    limited(&desk, "history", &[], &server.http(), &[("AWS_MAX_ATTEMPTS", "")]).succeeded();
}

/// SQS leaves the list of messages out if there are none, and still answers with an object.
#[test]
fn an_answer_without_what_was_asked_for_is_not_taken_for_nothing() {
    let desk = Desk::new();
    for (verb, call, text, words) in [
        ("dlq list", "ReceiveMessage", "", "none of the requested fields; it is empty"),
        ("dlq list", "ReceiveMessage", "{\"status\":\"ok\"}", "none of the requested fields"),
        ("dlq list", "ReceiveMessage", "{\"Messages\":[{\"MessageId\":\"m\"}]}", "it has no `Body`"),
        ("dlq list", "GetQueueUrl", "", "none of the requested fields"),
        ("query", "Query", "", "none of the requested fields"),
        ("query", "Query", "{}", "it has no `Items`"),
        ("status", "ListStackResources", "<ListStackResourcesResponse/>", "ListStackResources"),
        ("query", "DescribeStacks", NO_STATE, "it has no `StackStatus`"),
    ] {
        let server = but_for(call, move |stream| write(stream, "200 OK", "", text.as_bytes()));
        let run = failed(limited(&desk, verb, &[], &server.http(), &[]), &["aws::unreachable", call, words]);
        assert!(!run.stderr.contains("stack::busy"), "{verb}: {}", run.stderr);
    }
    let server = but_for("ReceiveMessage", |stream| write(stream, "200 OK", "", b"{}"));
    limited(&desk, "dlq list", &[], &server.http(), &[]).succeeded().reports(&["no dead letters"]);
}

const NO_STATE: &str = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>walk-test</StackName>\
<StackId>arn:aws:cloudformation:eu-west-1:123456789012:stack/walk-test/1</StackId><CreationTime>2026-01-01T00:00:00Z</CreationTime>\
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>";

/// A command that polls continues if there is no answer, but not after an invalid one.
#[test]
fn a_broken_answer_ends_a_look_at_once() {
    let desk = Desk::new();
    for text in [
        "",
        "hello",
        "<html><title>Sign in</title></html>",
        "<DescribeStackDriftDetectionStatusResponse><DescribeStackDriftDetectionStatusResult/>\
         </DescribeStackDriftDetectionStatusResponse>",
        "<DescribeStackDriftDetectionStatusResponse><DescribeStackDriftDetectionStatusResult><DetectionStatus>DETECTION",
    ] {
        let begun = Instant::now();
        let call = "DescribeStackDriftDetectionStatus";
        let server = but_for(call, move |stream| write(stream, "200 OK", "", text.as_bytes()));
        failed(limited(&desk, "drift", &[], &server.http(), &[]), &["aws::unreachable", call]);
        assert!(begun.elapsed() < Duration::from_secs(60), "{text}");
    }
}

/// A change set whose first call got an invalid answer: pipectl checks whether it is its own, and only a stack with
/// another operation is busy.
#[test]
fn a_broken_answer_does_not_make_a_stack_busy() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let refusal = |code: &str| {
        let text = format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        );
        Answer::xml(text).status(400)
    };
    for (described, kind) in [
        (Answer::xml("nonsense"), CallErrorKind::Broken),
        (Answer::xml("").status(404), CallErrorKind::Broken),
        (refusal("ChangeSetNotFound"), CallErrorKind::Busy),
    ] {
        let server = Scripted::new(move |request| match request.action() {
            "CreateChangeSet" => refusal("AlreadyExistsException"),
            "ExecuteChangeSet" => refusal("InvalidChangeSetStatus"),
            _ if target(request, "DescribeTable") => Answer::json("{\"Table\":{}}"),
            _ => described.clone(),
        });
        let settings = Settings { endpoint: Some(server.http()), local: true, ..Settings::default() };
        let clients = runtime.block_on(Clients::new(settings)).expect("clients");
        let request = ChangeSetRequest {
            stack: "walk-test".to_owned(),
            creates: false,
            template: TemplateSource::Deployed,
            ..change_set()
        };
        let created = runtime.block_on(clients.create_change_set(&request)).expect_err("a refusal");
        let executed = runtime
            .block_on(clients.execute_change_set("walk-test", "c", "t", false))
            .expect_err("a refusal");
        assert_eq!((created.kind, executed.kind), (kind, kind));
        let counted = runtime.block_on(clients.row_count("walk-test")).expect_err("no count");
        assert_eq!(counted.kind, CallErrorKind::Broken, "{counted}");
    }
}
