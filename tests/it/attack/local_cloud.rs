//! The local cloud's state folder, the machine's Python and its settings can be written by others: their content is not
//! trusted, and does not redirect an installation.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::within;
use crate::cloud::{Cloud, Run};

const LONG: Duration = Duration::from_secs(60);

/// A process that pipectl did not start, whatever its command line says.
struct Bystander(Child);

impl Bystander {
    fn new(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "read line"]).args(arguments).current_dir(folder).stdin(Stdio::piped());
        Self(command.spawn().expect("sh"))
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_none()
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ended_before = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn record(pid: u32, token: &str) -> Value {
    json!({
        "version": "1.5.33", "endpoint": "http://127.0.0.1:9", "port": 9, "pid": pid, "token": token,
        "started_at": "2026-11-27T10:00:00Z",
    })
}

fn in_own_folder(cloud: &Cloud, arguments: &[&str]) -> Run {
    within(LONG, cloud.command(arguments))
}

#[test]
fn another_process_is_never_ended_whatever_the_record_contains() {
    let cloud = Cloud::new();
    let state = cloud.path("state");
    std::fs::create_dir(&state).expect("a folder");
    let token = "pipectl-1-2";
    // One whose command line has the token, and one that was started like a local cloud, but for another folder.
    let here = cloud.path("");
    let mut plain = Bystander::new(&state, &["x", token]);
    let mut alike = Bystander::new(&here, &["python", "-X", token, "-c", "import ministack"]);
    for (pid, token) in
        [(plain.0.id(), ""), (plain.0.id(), token), (plain.0.id(), "read"), (alike.0.id(), token)]
    {
        std::fs::write(state.join("local.json"), record(pid, token).to_string()).expect("a file");
        for verb in [&["local", "status"][..], &["local", "down"], &["local", "down", "--purge"]] {
            in_own_folder(&cloud, verb).succeeded();
            assert!(plain.lives(), "{token:?}: {verb:?} ended a process");
            // The working folder of a process is known on Linux only.
            assert!(!cfg!(target_os = "linux") || alike.lives(), "{token:?}: {verb:?} ended a process");
        }
    }
    // One with another start time than the record's.
    let mut recycled = Bystander::new(&state, &["python", "-X", token, "-c", "import ministack"]);
    let mut old = record(recycled.0.id(), token);
    old["process_began"] = json!("1");
    std::fs::write(state.join("local.json"), old.to_string()).expect("a file");
    in_own_folder(&cloud, &["local", "down"]).succeeded();
    assert!(recycled.lives());
}

#[test]
fn a_record_that_is_no_plain_file_of_ours_is_no_record() {
    let cloud = Cloud::new();
    let state = cloud.path("state");
    std::fs::create_dir(&state).expect("a folder");
    let path = state.join("local.json");
    let token = "pipectl-1-2";
    let mut ours = Bystander::new(&state, &["python", "-X", token, "-c", "import ministack"]);
    let whole = record(ours.0.id(), token).to_string();
    let elsewhere = cloud.write("elsewhere.json", &whole);
    let make: [&dyn Fn(); 4] = [
        &|| assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo").success()),
        &|| symlink(&elsewhere, &path).expect("a link"),
        &|| symlink("/dev/zero", &path).expect("a link"),
        // JSON allows any number of blanks.
        &|| std::fs::write(&path, whole.clone() + &" ".repeat(1 << 20)).expect("a file"),
    ];
    for (number, make) in make.iter().enumerate() {
        make();
        for verb in ["status", "down"] {
            in_own_folder(&cloud, &["local", verb]).succeeded();
            assert!(ours.lives(), "{number}: `local {verb}` ended the process");
        }
        std::fs::remove_file(&path).expect("a file");
    }
    assert_eq!(std::fs::read_to_string(elsewhere).expect("a file"), whole);
}

#[test]
fn an_endpoint_that_is_not_on_this_machine_is_not_called() {
    let cloud = Cloud::new();
    let state = cloud.path("state");
    std::fs::create_dir(&state).expect("a folder");
    let port = healthy("pipectl-1-2");
    let here = format!("http://127.0.0.1:{port}");
    for (endpoint, runs) in [(here.as_str(), true), ("http://example.com:80", false)] {
        let mut record = record(std::process::id(), "pipectl-1-2");
        record["port"] = json!(port);
        record["endpoint"] = json!(endpoint);
        std::fs::write(state.join("local.json"), record.to_string()).expect("a file");
        let status = in_own_folder(&cloud, &["local", "status", "--format", "json"]).succeeded().json();
        assert_eq!(status["running"], runs, "{endpoint}");
    }
    std::fs::remove_file(state.join("local.json")).expect("a file");
}

/// A server that answers every connection like a local cloud with this token.
fn healthy(token: &'static str) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 1024];
            let _whole = client.read(&mut request);
            let _best_effort = write!(client, "HTTP/1.1 200 OK\r\n\r\n{{\"edition\":\"{token}\"}}");
        }
    });
    port
}

/// A folder that is the whole search path: one Python, and nothing else.
fn only_python(cloud: &Cloud, script: &str) -> PathBuf {
    let folder = cloud.path("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let python = folder.join("python3");
    std::fs::write(&python, format!("#!/bin/sh\n{script}\n")).expect("a file");
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    folder
}

fn real_python() -> String {
    let script = "import sys; print(getattr(sys, '_base_executable', sys.executable))";
    let output = Command::new("python3").args(["-I", "-c", script]).output().expect("Python");
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// Wheels of a local cloud that only reports that it runs, and of the packages installed with it.
const WHEELS: &str = r#"
import sys, zipfile
CLOUD = '''
import http.server, json, os, signal
from ministack.core import persistence
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"edition": os.environ["MINISTACK_EDITION"]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_GET
signal.signal(signal.SIGTERM, lambda *_: (persistence.save_all({}), os._exit(0)))
http.server.HTTPServer(("127.0.0.1", int(os.environ["GATEWAY_PORT"])), Handler).serve_forever()
'''
for name, version, files in [("ministack", "1.5.33", {"ministack/__init__.py": "", "ministack/__main__.py": CLOUD, "ministack/core/__init__.py": "", "ministack/core/persistence.py": "", "ministack/app.py": "_state_map = {}"}), ("cbor2", "6.3.0", {"cbor2.py": ""})]:
    info = f"{name}-{version}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    files[f"{info}/RECORD"] = record
    with zipfile.ZipFile(f"{sys.argv[1]}/{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
"#;

/// A machine with wheels and no network, whose pip settings name their folder.
fn machine(cloud: &Cloud, settings: &str) -> Command {
    let wheels = cloud.path("wheels");
    std::fs::create_dir_all(&wheels).expect("a folder");
    let made = Command::new("python3").args(["-I", "-c", WHEELS]).arg(&wheels).status().expect("Python");
    assert!(made.success());
    let bin = only_python(cloud, &format!("exec '{}' \"$@\"", real_python()));
    let text = format!("[global]\nno-index = true\nfind-links = {}\n{settings}", wheels.display());
    let file = cloud.write("pip.conf", &text);
    let mut up = cloud.command(&["local", "up"]);
    for (name, _) in std::env::vars_os() {
        if ["PIP_", "UV_", "PYTHON"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            up.env_remove(name);
        }
    }
    up.env("PATH", bin)
        .env("HOME", cloud.path("home"))
        .env("PIP_CONFIG_FILE", file)
        .env("PIPECTL_CACHE_DIR", cloud.path("cache"));
    up
}

#[test]
fn settings_for_other_installations_do_not_lead_this_one_elsewhere() {
    let cloud = Cloud::new();
    let elsewhere = cloud.path("elsewhere");
    let target = elsewhere.to_str().expect("UTF-8").to_owned();
    let settings = format!(
        "require-virtualenv = false\n[install]\nuser = true\ntarget = {target}\nrequire-hashes = true\n"
    );
    let traps = cloud.path("traps");
    std::fs::create_dir(&traps).expect("a folder");
    for name in ["venv", "pip", "ministack", "sitecustomize"] {
        std::fs::write(traps.join(format!("{name}.py")), "raise SystemExit('a trap')\n").expect("a file");
    }
    let mut up = machine(&cloud, &settings);
    up.env("PYTHONHOME", "/nowhere")
        .env("PYTHONPATH", &traps)
        .env("PYTHONPLATLIBDIR", "nowhere")
        .env("PYTHONWARNINGS", "error")
        .env("VIRTUAL_ENV", "/nowhere")
        .env("PIP_PREFIX", &elsewhere)
        .env("PIP_NO_DEPS", "1")
        .env("PIP_DRY_RUN", "1");
    within(LONG * 3, up).succeeded();
    assert!(!elsewhere.exists(), "something was installed elsewhere");
    let status = in_own_folder(&cloud, &["local", "status", "--format", "json"]).succeeded().json();
    assert_eq!(status["running"], true);
    let mut down = cloud.command(&["local", "down"]);
    down.env("PIPECTL_CACHE_DIR", cloud.path("cache"));
    within(LONG, down).succeeded();
}

#[test]
fn the_deadline_holds_while_python_is_looked_for_and_installs() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    let probes = "case \"$*\" in *find_spec*) echo 3 12 1;; *) exec sleep 50;; esac";
    for python in ["exec /bin/sleep 50", probes] {
        let bin = only_python(&cloud, python);
        for arguments in
            [&["local", "up", "--deadline", "2s"][..], &["status", spec, "--local", "--deadline", "2s"]]
        {
            let begun = Instant::now();
            // Not with the cloud's own `command`, which would start it first.
            let mut command = cloud.typed(arguments);
            command
                .env("PATH", format!("{}:/bin:/usr/bin", bin.display()))
                .env("PIPECTL_CACHE_DIR", cloud.path("cache"));
            command.env("PIPECTL_LOCAL_DIR", cloud.path("other-state"));
            for name in ["python3.13", "python3.12", "python3.11", "python3.10", "python", "uv"] {
                let other = bin.join(name);
                std::fs::write(&other, "#!/bin/sh\nexit 1\n").expect("a file");
                std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).expect("a mode");
            }
            within(LONG, command).exited(5).reports(&["aws::deadline", "`--deadline`"]);
            assert!(begun.elapsed() < Duration::from_secs(30), "{arguments:?} took {:?}", begun.elapsed());
        }
    }
}
