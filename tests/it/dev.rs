//! The developer's loop of saving files in an editor.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::tools::target;

/// For steps that take a second or two, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn sample(id: &str) -> String {
    json!({
        "source": "shipment.service", "detail-type": "shipment.created", "time": "2026-11-28T08:00:00Z",
        "detail": {
            "shipment_id": id, "event_type": "shipment.created", "event_timestamp": "2026-11-28T08:00:00Z",
            "event_data": {},
        },
    })
    .to_string()
}

/// The spec with these samples.
fn with_samples(names: &[&str]) -> String {
    let list = names.iter().map(|name| format!("samples/{name}.json")).collect::<Vec<_>>().join(", ");
    SPEC.replace("queue:\n", &format!("  samples: {{match: [{list}]}}\nqueue:\n"))
}

struct Loop {
    child: Child,
    lines: Receiver<String>,
}

impl Loop {
    fn start(cloud: &Cloud, more: &[&str]) -> Self {
        let spec = cloud.path("spec.yaml");
        let mut command = cloud.command(&[&["dev", spec.to_str().expect("UTF-8")], more].concat());
        command.env("PIPECTL_PROCESSOR", cloud.path("program"));
        // One pipe for both, as in a terminal: lines arrive in the order in which they are written.
        let (output, input) = std::io::pipe().expect("a pipe");
        let child =
            command.stdout(input.try_clone().expect("a pipe")).stderr(input).spawn().expect("pipectl runs");
        // It has the pipe open.
        drop(command);
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok())
        });
        Self { child, lines }
    }

    /// Waits for a line with all of the texts. Returns how long that took.
    #[track_caller]
    fn shows(&self, texts: &[&str]) -> Duration {
        let began = Instant::now();
        let mut seen = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                panic!("{texts:?} does not come after:\n{}", seen.join("\n"));
            };
            if texts.iter().all(|text| line.contains(text)) {
                return began.elapsed();
            }
            seen.push(line);
        }
    }

    fn interrupted(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        self.child.wait().expect("an end").code()
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

/// As an editor saves: a new file replaces the old one.
fn save(path: &Path, text: &str) {
    let beside = path.with_extension("saving");
    std::fs::write(&beside, text).expect("a written file");
    std::fs::rename(&beside, path).expect("a saved file");
}

#[test]
fn what_is_saved_is_applied_and_its_results_are_seen() {
    let cloud = Cloud::new();
    let built = target("release/bootstrap");
    if !built.exists() {
        cloud.local("apply", &[]).succeeded();
    }
    std::fs::copy(&built, cloud.path("program")).expect("a processor");
    std::fs::create_dir(cloud.path("samples")).expect("a folder");
    cloud.write("samples/one.json", &sample("S-one"));
    cloud.write("spec.yaml", &with_samples(&["one"]));
    let spec = cloud.path("spec.yaml");
    let named = spec.to_str().expect("UTF-8");
    cloud.run(&["dev", named, "--endpoint-url", "http://127.0.0.1:9"]).exited(4).reports(&[
        "error[guard::dev-local]",
        "`--endpoint-url` means AWS",
        "--code-only",
    ]);

    let mut work = Loop::start(&cloud, &[]);
    work.shows(&["LIVE", "spec in", "to add"]);
    work.shows(&["ROW", "samples/one.json", "shipment_id S-one"]);

    // A change that loses data is refused as usual; then the spec, the samples, and both.
    save(&spec, &with_samples(&["one"]).replace("processor:\n", "table: {ttl_days: 7}\nprocessor:\n"));
    work.shows(&["error[guard::data-loss]"]);
    work.shows(&["KEPT"]);
    save(&spec, &with_samples(&["one"]).replace("processor:\n", "table: {ttl_days: 120}\nprocessor:\n"));
    work.shows(&["LIVE", "spec in", "to modify"]);
    work.shows(&["samples/one.json"]);
    cloud.write("samples/two.json", &sample("S-two"));
    save(
        &spec,
        &with_samples(&["one", "two"]).replace("processor:\n", "table: {ttl_days: 120}\nprocessor:\n"),
    );
    work.shows(&["ROW", "samples/two.json", "shipment_id S-two"]);
    save(&cloud.path("samples/two.json"), &sample("S-three"));
    work.shows(&["SENT", "1 sample"]);
    work.shows(&["ROW", "samples/two.json", "shipment_id S-three"]);

    // Errors are shown, and nothing is changed.
    save(&spec, &with_samples(&["one"]).replace("version: 1", "version: 1\nqueeu: {}"));
    work.shows(&["error[spec::unknown-key]", "queeu"]);
    work.shows(&["KEPT"]);
    save(
        &spec,
        &with_samples(&["one", "two"]).replace("processor:\n", "table: {ttl_days: 120}\nprocessor:\n"),
    );
    work.shows(&["LIVE", "spec in", "no changes"]);
    save(&cloud.path("samples/two.json"), &sample("").replace("S-three", ""));
    save(
        &spec,
        &with_samples(&["one", "two"]).replace("processor:\n", "table: {ttl_days: 130}\nprocessor:\n"),
    );
    work.shows(&["error[bus::sample-refused]"]);
    work.shows(&["KEPT"]);
    save(&cloud.path("samples/two.json"), &sample("S-four"));
    work.shows(&["LIVE", "spec in"]);
    work.shows(&["ROW", "shipment_id S-four"]);

    // Events that the bus did not accept are sent with the next save, whatever it is.
    let proxy = crate::proxy::Proxy::before(&cloud);
    proxy.judge(|call| match call.name == "PutEvents" {
        true => crate::proxy::Fate::Deny,
        false => crate::proxy::Fate::Pass,
    });
    save(&cloud.path("samples/two.json"), &sample("S-five"));
    work.shows(&["events:PutEvents"]);
    work.shows(&["KEPT"]);
    proxy.judge(|_| crate::proxy::Fate::Pass);
    save(&cloud.path("samples/one.json"), &sample("S-six"));
    work.shows(&["SENT", "2 samples"]);
    work.shows(&["ROW", "shipment_id S-five"]);

    // The processor.
    let program = std::fs::OpenOptions::new().append(true).open(cloud.path("program"));
    program.expect("a file").write_all(b"another build").expect("a written file");
    work.shows(&["LIVE", "code in", "version "]);
    work.shows(&["samples/two.json"]);
    assert_eq!(work.interrupted(), Some(130));
    work.shows(&["END", "the pipeline and the local cloud keep running", "pipectl destroy"]);
    let history: Value = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(history["evidence"][0]["operation"], "apply --code-only");

    // An invalid event, once, for programs; and the requested resources are retained.
    let once = ["dev", named, "--once", "--keep", "cloud", "--format", "json"];
    let mut command = cloud.command(&once);
    let done =
        Run::of(command.env("PIPECTL_PROCESSOR", cloud.path("program")).output().expect("pipectl runs"));
    let done = done.succeeded();
    let lines: Vec<Value> =
        done.stdout.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    assert!(lines.iter().all(|line| line["version"] == 1));
    let became: Vec<&Value> =
        lines.iter().filter(|line| line["event"] == "sample").map(|line| &line["became"]).collect();
    assert_eq!(became, ["duplicate", "duplicate"]);
    assert_eq!(lines.last().map(|line| &line["event"]), Some(&json!("ended")));
    cloud.local("status", &[]).exited(1).reports(&["error[stack::missing]"]);
    assert_eq!(cloud.status()["running"], true);
}
