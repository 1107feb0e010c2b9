//! Custom templates and resources that need more than the limits: each is rejected at its location, and only the process
//! that expands them dies.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::through;
use crate::cloud::{Cloud, Run, SPEC};
use crate::editor::messages;

/// The command with limits on CPU time and memory of each of its processes, ten times its need.
pub(super) fn held(command: &Command) -> Command {
    through("sh", "ulimit -c 0; ulimit -t 60; ulimit -v 4000000; exec \"$@\"", command)
}

fn run(cloud: &Cloud, arguments: &[&str]) -> Run {
    Run::of(held(&cloud.command(arguments)).output().expect("pipectl runs"))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The test's spec with a custom template in which these lines start at line three.
fn with_template(cloud: &Cloud, lines: &str) -> String {
    std::fs::create_dir_all(cloud.path("templates")).expect("a folder");
    let head = "{# of our own #}\n  Own:\n    Type: AWS::SNS::Topic\n";
    cloud.write("templates/key.yaml.j2", &format!("{head}{lines}\n"));
    text(&cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"))).to_owned()
}

/// Values that a list of known ones would miss: they contain themselves, are nested without end, or double.
const SELF: &str = "{% set ns = namespace() %}{% set ns.s = ns %}";
const DOUBLED: &str =
    "{% set ns = namespace(s=[1]) %}{% for a in range(40) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}";

#[test]
fn a_template_that_needs_too_much_is_refused_at_its_line() {
    let cloud = Cloud::new();
    let nested =
        "{% set ns = namespace(s=1) %}{% for a in range(99000) %}{% set ns.s = [ns.s] %}{% endfor %}";
    let doubled_text = "{% set ns = namespace(s=\"xxxx\") %}{% for a in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}";
    let compared = format!(
        "{DOUBLED}{{% set t = namespace(s=[1]) %}}{{% for a in range(40) %}}{{% set t.s = [t.s, t.s] %}}{{% endfor %}}{{% if ns.s == t.s %}}x{{% endif %}}"
    );
    // The template's third line is the last one that is written.
    let over: [(&str, String, &str); 6] = [
        ("a value that contains itself", format!("{SELF}{{{{ ns }}}}"), "64 MiB of stack"),
        ("the same as text", format!("{SELF}{{{{ ns|string }}}}"), "64 MiB of stack"),
        ("lists in lists", format!("{nested}{{{{ ns.s }}}}"), "64 MiB of stack"),
        ("a list that doubles", format!("{DOUBLED}{{{{ ns.s }}}}"), "takes more than"),
        ("the same as JSON", format!("{DOUBLED}{{{{ ns.s|tojson }}}}"), "takes more than"),
        ("two that are compared", compared, "takes more than"),
    ];
    for (name, lines, words) in over {
        let spec = with_template(&cloud, &lines);
        let output = run(&cloud, &["validate", &spec, "--format", "json"]).exited(3).json_document();
        let found = the(&output, "render::over-limit", name);
        assert!(
            found["file"].as_str().is_some_and(|file| file.ends_with("templates/key.yaml.j2")),
            "{found}"
        );
        assert_eq!(found["line"], 4, "{name}: {found}");
        assert!(found["message"].as_str().is_some_and(|message| message.contains(words)), "{name}: {found}");
    }
    // They are never printed, and need call stack only when they are freed.
    let spec = with_template(&cloud, nested);
    run(&cloud, &["validate", &spec]).exited(0);
    let refused = [
        ("a text that doubles", doubled_text),
        ("a text of a gigabyte", "{{ \"x\\nx\"|indent(1000000000) }}"),
        ("a number of a gigabyte", "{{ \"%1000000000d\"|format(1) }}"),
        ("a repeated text", "{{ \"x\" * 10000000000 }}"),
        ("a large range", "{{ range(1000000000)|list }}"),
        (
            "a loop without end",
            "{% for a in range(99999) %}{% for b in range(99999) %}{% set x = a %}{% endfor %}{% endfor %}",
        ),
        ("much text", "{% for a in range(90000) %}{{ \"x\" * 10000 }}\n{% endfor %}"),
        ("a macro that calls itself", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        ("a template that includes itself", "{% include \"key.yaml.j2\" %}"),
    ];
    for (name, lines) in refused {
        let spec = with_template(&cloud, lines);
        let output = run(&cloud, &["validate", &spec, "--format", "json"]).exited(3).json_document();
        let found = the(&output, "render::", name);
        assert!(
            found["file"].as_str().is_some_and(|file| file.ends_with("templates/key.yaml.j2")),
            "{found}"
        );
        assert!((3..=5).contains(&found["line"].as_u64().expect("a line")), "{name}: {found}");
    }
}

/// The first diagnostic with this code prefix.
#[track_caller]
fn the<'a>(output: &'a Value, code: &str, name: &str) -> &'a Value {
    let all = output["diagnostics"].as_array().expect("a list");
    all.iter()
        .find(|one| one["code"].as_str().is_some_and(|found| found.starts_with(code)))
        .unwrap_or_else(|| panic!("{name}: {output}"))
}

#[test]
fn no_command_ends_with_its_template() {
    let cloud = Cloud::new();
    let spec = with_template(&cloud, &format!("{SELF}{{{{ ns }}}}"));
    for command in [
        &["render", &spec][..],
        &["plan", &spec, "--local"],
        &["plan", &spec, "--offline"],
        &["apply", &spec, "--local"],
        &["apply", &spec, &spec, "--local", "--yes"],
        &["permissions", &spec],
        &["destroy", &spec, "--local"],
        &["status", &spec, "--local"],
        &["render", &spec, "--dashboard-preview", text(&cloud.path("page.html"))],
    ] {
        // Not `command`, which would start the local cloud: the spec is rejected before it is needed.
        let run = Run::of(held(&cloud.typed(command)).output().expect("pipectl runs"));
        assert_eq!(run.code, Some(3), "{command:?}: {}\n{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("render::over-limit"), "{command:?}: {}", run.stderr);
    }
    // It needs nothing of the stack.
    run(&cloud, &["test", &spec]).succeeded();
}

#[test]
fn the_location_is_in_the_template_that_ended() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "--to", text(&folder)]).succeeded();
    let spec =
        text(&cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n"))).to_owned();
    for name in ["alarms", "dashboard_body", "queue", "stack", "table"] {
        let path = folder.join(format!("{name}.yaml.j2"));
        let before = std::fs::read_to_string(&path).expect("the template");
        let after = format!("{before}{SELF}{{{{ ns }}}}\n");
        std::fs::write(&path, &after).expect("written");
        let output = run(&cloud, &["validate", &spec, "--format", "json"]).exited(3).json_document();
        let found = the(&output, "render::over-limit", name);
        let file = found["file"].as_str().unwrap_or_default();
        assert!(file.ends_with(&format!("{name}.yaml.j2")), "{found}");
        let line = found["line"].as_u64().expect("a line");
        assert!(line <= after.lines().count() as u64, "{found}");
        std::fs::write(&path, before).expect("written");
    }
    run(&cloud, &["validate", &spec]).succeeded();
}

#[test]
fn resources_that_need_too_much_are_refused_in_their_file() {
    let cloud = Cloud::new();
    let grown = (0..9).fold(json!("x"), |inner, _| json!({"Fn::Sub": ["${a}".repeat(50), {"a": inner}]}));
    let many: serde_json::Map<String, Value> =
        (0..600).map(|number| (format!("T{number}"), json!({"Type": "AWS::SNS::Topic"}))).collect();
    for (name, resources, code) in [
        (
            "grown",
            json!({"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": grown}}}),
            "render::",
        ),
        (
            "a grown name",
            json!({"T": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": grown}}}),
            "render::",
        ),
        ("many", Value::Object(many), "render::too-large"),
    ] {
        cloud.write("more.yaml", &json!({"Resources": resources}).to_string());
        let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{extra: [more.yaml]}}\n"));
        let output = run(&cloud, &["validate", text(&spec), "--format", "json"]).exited(3).json_document();
        let found = the(&output, code, name);
        assert!(found["file"].as_str().is_some_and(|file| file.ends_with("more.yaml")), "{name}: {found}");
        assert_ne!(found["code"], "render::broken-template", "{name}");
    }
}

/// An editor's side of the language server.
struct Server {
    child: std::process::Child,
    output: std::sync::mpsc::Receiver<Value>,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("pipectl runs");
        let output = messages(child.stdout.take().expect("its output"));
        let mut server = Self { child, output };
        server.report(&json!({"id": 1, "method": "initialize", "params": {"capabilities": {}}}));
        server.hear(|message| message["id"] == 1);
        server.report(&json!({"method": "initialized", "params": {}}));
        server
    }

    fn report(&mut self, message: &Value) {
        let mut message = message.clone();
        message["jsonrpc"] = "2.0".into();
        let text = message.to_string();
        let input = self.child.stdin.as_mut().expect("its input");
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server listens");
        input.flush().expect("the server listens");
    }

    fn hear(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = self.output.recv_timeout(Duration::from_secs(120)).expect("the server answers");
            if wanted(&message) {
                return message;
            }
        }
    }

    /// The codes published for the template after the spec is opened.
    fn open(&mut self, spec: &Path) -> Vec<String> {
        let (address, text) =
            (format!("file://{}", spec.display()), std::fs::read_to_string(spec).expect("it"));
        let document = json!({"uri": address, "languageId": "yaml", "version": 1, "text": text});
        self.report(&json!({"method": "textDocument/didOpen", "params": {"textDocument": document}}));
        let template = |message: &Value| {
            message["params"]["uri"].as_str().is_some_and(|address| address.ends_with("key.yaml.j2"))
        };
        let message = self.hear(template);
        let all = message["params"]["diagnostics"].as_array().expect("a list");
        all.iter().filter_map(|one| one["code"].as_str().map(str::to_owned)).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

#[test]
fn the_language_server_shows_it_and_continues() {
    let cloud = Cloud::new();
    let bad = with_template(&cloud, &format!("{SELF}{{{{ ns }}}}"));
    let mut server = Server::start(&mut held(&cloud.command(&["lsp"])));
    assert_eq!(server.open(Path::new(&bad)), ["render::over-limit"]);
    let position =
        json!({"textDocument": {"uri": format!("file://{bad}")}, "position": {"line": 1, "character": 1}});
    server.report(&json!({"id": 2, "method": "textDocument/hover", "params": position}));
    assert!(server.hear(|message| message["id"] == 2)["result"].is_object());
}

/// An update replaces the running executable.
#[cfg(target_os = "linux")]
#[test]
fn a_program_whose_file_was_deleted_still_expands() {
    let cloud = Cloud::new();
    let bad = with_template(&cloud, "    Properties: {DisplayName: !Ref Nothing}");
    let copy = cloud.path("pipectl");
    let original = cloud.command(&["lsp"]);
    std::fs::copy(original.get_program(), &copy).expect("a copy");
    let mut server = Server::start(Command::new(&copy).arg("lsp"));
    std::fs::remove_file(&copy).expect("removed");
    assert_eq!(server.open(Path::new(&bad)), ["render::unknown-reference"]);
}

#[test]
fn the_process_that_expands_answers_nonsense_and_is_not_shown() {
    let cloud = Cloud::new();
    let help = cloud.run(&["--help"]).succeeded().stdout;
    assert!(help.contains("validate") && !help.contains("expand-templates"), "{help}");
    for sent in ["", "nonsense", "{\"version\": \"0.0.1\", \"spec\": \"\", \"templates\": [], \"extra\": []}"]
    {
        let mut child = cloud
            .command(&["expand-templates"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("pipectl runs");
        child.stdin.take().expect("its input").write_all(sent.as_bytes()).expect("it listens");
        let run = Run::of(child.wait_with_output().expect("an end")).succeeded();
        assert_eq!(run.json_document(), json!({"other_version": env!("CARGO_PKG_VERSION")}));
    }
}
