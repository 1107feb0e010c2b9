//! A headless Chromium, controlled through the developer tools' protocol: over two pipes, with real clicks and keys.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than any step, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
const NAMES: [&str; 5] =
    ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    asked: u64,
    session: Option<String>,
    /// Unexpected actions of the page: requests, exceptions, console entries.
    pub(crate) events: Vec<Value>,
    _profile: TempDir,
}

/// The browser that is installed.
fn program() -> String {
    let runs = |name: &&str| Command::new(name).arg("--version").stdout(Stdio::null()).status().is_ok();
    let named = std::env::var("CHROME").ok();
    let found = named.or_else(|| NAMES.into_iter().chain([MAC]).find(runs).map(str::to_owned));
    found.expect("this test needs Chromium: `apt install chromium-headless-shell`, or its path in `CHROME`")
}

impl Browser {
    /// A browser with one empty page.
    pub(crate) fn open() -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        // The two pipes are file descriptors 3 and 4.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$@" 3<&0 4>&1 1>&2 0</dev/null"#, "sh", &program()])
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .args(["--disable-quic", "--hide-scrollbars", "--force-color-profile=srgb"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a browser");
        let input = child.stdin.take().expect("a pipe");
        let mut reader = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while reader.read_until(0, &mut message).is_ok_and(|length| length > 1) {
                message.pop();
                let read = serde_json::from_slice(&message).expect("JSON");
                if sender.send(read).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let (asked, session, events) = Default::default();
        let mut browser = Self { child, input, output, asked, session, events, _profile: profile };
        let target = browser.ask("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.ask(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).expect("a request");
        loop {
            let answer = self.output.recv_timeout(PATIENCE).expect("an answer of the browser");
            if answer["id"] == self.asked {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// Sets the page's width and height in points, and the number of pixels per point.
    pub(crate) fn size(&mut self, width: u32, height: u32, scale: f64) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": false});
        self.ask("Emulation.setDeviceMetricsOverride", &size);
    }

    pub(crate) fn prefers(&mut self, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.ask("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    #[track_caller]
    pub(crate) fn go(&mut self, url: &str) {
        let answer = self.ask("Page.navigate", &json!({"url": url}));
        assert!(answer["errorText"].is_null(), "{answer}");
    }

    /// The value of an expression.
    #[track_caller]
    pub(crate) fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let found = self.ask("Runtime.evaluate", &asked);
        assert!(found["exceptionDetails"].is_null(), "{expression}: {found}");
        found["result"]["value"].clone()
    }

    /// The text of an element; empty if there is none.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let expression = format!("document.querySelector({})?.textContent ?? ''", json!(selector));
        self.value(&expression).as_str().expect("a text").to_owned()
    }

    /// Waits until the element's text contains this.
    #[track_caller]
    pub(crate) fn sees(&mut self, selector: &str, text: &str) {
        let begun = Instant::now();
        while !self.text(selector).contains(text) {
            let seen = self.text("body");
            assert!(begun.elapsed() < PATIENCE, "`{text}` is not in `{selector}`:\n{seen}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks into the middle of an element.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let location = format!(
            "(() => {{ const element = document.querySelector({}); element.scrollIntoView({{block: 'center'}}); \
             const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()",
            json!(selector)
        );
        let location = self.value(&location);
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({"type": kind, "x": location[0], "y": location[1], "button": "left", "clickCount": 1});
            self.ask("Input.dispatchMouseEvent", &event);
        }
    }

    /// Presses a named key, with or without Ctrl.
    pub(crate) fn press(&mut self, key: &str, code: u32, with_control: bool) {
        for kind in ["rawKeyDown", "keyUp"] {
            let modifiers = if with_control { 2 } else { 0 };
            let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers});
            self.ask("Input.dispatchKeyEvent", &event);
        }
    }

    /// Replaces the text of the focused field.
    pub(crate) fn types(&mut self, text: &str) {
        self.value("document.activeElement.select()");
        self.ask("Input.insertText", &json!({"text": text}));
    }

    /// Saves a screenshot of the whole page.
    pub(crate) fn picture(&mut self, path: &Path) {
        let picture =
            self.ask("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(picture["data"].as_str().expect("a picture"))
            .expect("base64");
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a written file");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended = self.child.wait();
    }
}
