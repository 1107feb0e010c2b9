//! A local cloud for one test: private state, a free port, stopped at the end even if the test fails.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use pipectl::aws::{Clients, Settings};
use serde_json::Value;
use tempfile::TempDir;

use crate::strict::Front;
use crate::tools::target;

/// Every call to it passes through the strict proxy.
pub(crate) struct Cloud {
    folder: TempDir,
    front: OnceLock<Arc<Front>>,
}

/// A pipeline whose dead letters arrive within seconds: two receives, three seconds apart.
pub(crate) const SPEC: &str = "\
version: 1
name: walk
environment: test
bus:
  pattern: {source: [shipment.service], detail-type: [{prefix: shipment.}]}
queue:
  visibility_timeout_seconds: 3
  dead_letter: {max_receive_count: 2}
processor:
  timeout_seconds: 3
  batch: {size: 10, window_seconds: 0}
";

impl Cloud {
    pub(crate) fn new() -> Self {
        let cloud = Self { folder: tempfile::tempdir().expect("a temporary folder"), front: OnceLock::new() };
        cloud.write("spec.yaml", SPEC);
        cloud
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a written file");
        path
    }

    /// The proxy in front of this cloud.
    pub(crate) fn front(&self) -> Arc<Front> {
        self.put_behind_proxy(false);
        Arc::clone(self.front.get().expect("a running local cloud"))
    }

    /// Puts the proxy in front of the local cloud, which is started if `starts` is set. If it cannot be started, the
    /// command that needs it reports that.
    fn put_behind_proxy(&self, starts: bool) {
        let path = self.path("state").join("local.json");
        let read = || -> Option<Value> {
            let state: Value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
            state["pid"].is_u64().then_some(state)
        };
        let started = || self.bare(&["local", "up"]).output().ok().and_then(|_| read());
        let Some(mut state) = read().or_else(|| if starts { started() } else { None }) else { return };
        let test = || std::thread::current().name().unwrap_or_default().to_owned();
        let front = self.front.get_or_init(|| Front::start(test()));
        let endpoint = front.endpoint();
        if state["endpoint"] == endpoint.as_str() {
            return;
        }
        let port = state["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        front.upstream.listens_at(port);
        state["endpoint"] = endpoint.into();
        let beside = path.with_extension("proxied");
        std::fs::write(&beside, state.to_string()).expect("a written file");
        std::fs::rename(&beside, &path).expect("a written file");
    }

    /// The built pipectl, in the repository's folder, without the caller's AWS and terminal settings. With `--local` its
    /// cloud is started first, so that the proxy is in front of it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        if arguments.contains(&"--local") && !arguments.contains(&"--offline") {
            self.put_behind_proxy(true);
        }
        self.bare(arguments)
    }

    /// As a user types it who has not started the cloud: the command starts it, without the proxy.
    pub(crate) fn typed(&self, arguments: &[&str]) -> Command {
        self.put_behind_proxy(false);
        self.bare(arguments)
    }

    fn bare(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pipectl"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let foreign = ["AWS_", "PIPECTL_"].iter().any(|prefix| name.starts_with(prefix));
            if foreign || ["CI", "NO_COLOR", "CLICOLOR_FORCE"].contains(&name.as_ref()) {
                command.env_remove(name.as_ref());
            }
        }
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            // The virtual environment is installed once and shared by all tests; the state belongs to this test.
            .env("PIPECTL_CACHE_DIR", shared_cache())
            .env("PIPECTL_LOCAL_DIR", self.path("state"))
            .env("PIPECTL_LOCAL_PORT", "0")
            .env("XDG_STATE_HOME", self.path("kept"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().expect("pipectl runs"))
    }

    /// Runs a command on the test's spec with `--local`.
    pub(crate) fn local(&self, verb: &str, more: &[&str]) -> Run {
        let spec = self.path("spec.yaml");
        let mut arguments = vec![verb, spec.to_str().expect("a UTF-8 path"), "--local"];
        arguments.extend(more);
        self.run(&arguments)
    }

    /// Runs a command on the test's spec as if the local cloud were AWS: with AWS's guards and questions.
    pub(crate) fn remote(&self, verb: &str, more: &[&str]) -> Run {
        let (spec, endpoint) = (self.path("spec.yaml"), self.endpoint());
        let mut arguments = vec![verb, spec.to_str().expect("a UTF-8 path"), "--endpoint-url", &endpoint];
        arguments.extend(more);
        let mut command = self.command(&arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "remote")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1");
        Run::of(command.output().expect("pipectl runs"))
    }

    /// A call with a service's Query protocol, without pipectl: an action of another user in the same account.
    pub(crate) fn call(&self, service: &str, parameters: &[(&str, &str)]) -> String {
        let body: Vec<String> = parameters
            .iter()
            .map(|(name, value)| {
                let value = value.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
                format!("{name}={value}")
            })
            .collect();
        self.send("POST", service, "/", "application/x-www-form-urlencoded", &body.join("&"))
    }

    /// The same for a service that takes JSON and names its action in a header.
    pub(crate) fn target(&self, service: &str, target: &str, body: &str) -> Value {
        let kind = format!("application/x-amz-json-1.0\r\nX-Amz-Target: {target}");
        json_of(&self.send("POST", service, "/", &kind, body))
    }

    /// The same for a service that uses JSON and paths.
    pub(crate) fn request(&self, method: &str, service: &str, path: &str, body: &str) -> Value {
        json_of(&self.send(method, service, path, "application/json", body))
    }

    fn send(&self, method: &str, service: &str, path: &str, kind: &str, body: &str) -> String {
        let kind = format!(
            "{kind}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request"
        );
        send(&self.endpoint(), method, path, &kind, body)
    }

    pub(crate) fn endpoint(&self) -> String {
        self.status()["endpoint"].as_str().expect("a running local cloud").to_owned()
    }

    /// The endpoint without the proxy.
    pub(crate) fn direct_endpoint(&self) -> String {
        self.front().upstream.endpoint()
    }

    /// pipectl's own clients for this cloud, and the runtime of their calls.
    pub(crate) fn clients(&self) -> (tokio::runtime::Runtime, Clients) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let settings = Settings { endpoint: Some(self.endpoint()), local: true, ..Settings::default() };
        let clients = runtime.block_on(Clients::new(settings)).expect("clients");
        (runtime, clients)
    }

    pub(crate) fn status(&self) -> Value {
        self.put_behind_proxy(false);
        self.run(&["local", "status", "--format", "json"]).succeeded().json()
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(front) = self.front.get() {
            front.end();
        }
        let down = self.command(&["local", "down"]).output();
        if let Ok(down) = down
            && !down.status.success()
            && !std::thread::panicking()
        {
            panic!("the local cloud was not stopped: {}", String::from_utf8_lossy(&down.stderr));
        }
    }
}

/// One request to a server on this machine. `kind` is the content type, and may be followed by further headers.
pub(crate) fn send(endpoint: &str, method: &str, path: &str, kind: &str, body: &str) -> String {
    let address = endpoint.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).expect("a running server");
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    answer
}

/// The body of an answer; null if it is empty.
pub(crate) fn json_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("an answer with a body");
    if body.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in:\n{answer}"))
}

fn shared_cache() -> PathBuf {
    target("local-cloud")
}

/// The result of a run of pipectl.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    #[track_caller]
    pub(crate) fn exited(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        self.exited(0)
    }

    /// Checks that stderr contains each of the texts.
    #[track_caller]
    pub(crate) fn reports(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is not in stderr:\n{}", self.stderr);
        }
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stdout.contains(text), "`{text}` is not in stdout:\n{}", self.stdout);
        }
        self
    }

    /// All of stdout as JSON.
    #[track_caller]
    pub(crate) fn json_document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }

    /// The last line of stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{error} in:\n{}\n{}", self.stdout, self.stderr))
    }
}
