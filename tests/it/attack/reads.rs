//! What another user's branch can make pipectl read: links out of the folder, hidden files, pipes, devices, files of any
//! size. The content of a refused file is never shown, in any format, and nothing hangs or fills the memory.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::confined;
use crate::cloud::{Cloud, Run, SPEC};

/// Is in every file that must not be shown, as key and as value.
const SECRET: &str = "s3cret";
const FORMATS: [&str; 4] = ["human", "json", "sarif", "github"];

/// A checked-out repository with a folder of specs, and a home with secrets beside it.
struct Checkout {
    cloud: Cloud,
    root: PathBuf,
}

impl Checkout {
    fn new() -> Self {
        Self::named(OsStr::new("repository"))
    }

    fn named(name: &OsStr) -> Self {
        let cloud = Cloud::new();
        let root = cloud.path("").join(name);
        let checkout = Self { cloud, root };
        checkout.write(".git/config", "[core]\ns3cret = s3cret\n");
        checkout.write(".env", "s3cret: s3cret\n");
        checkout.write(".hidden/values.yaml", "s3cret: s3cret\n");
        checkout.write("notes.txt", "s3cret: s3cret\n");
        checkout.write("deploy/real.yaml", SPEC);
        checkout.write("../home/.kube/config", "s3cret: s3cret\n");
        checkout.write("../home/values.yaml", "s3cret: s3cret\n");
        checkout.write("../home/event.json", r#"{"s3cret": "s3cret", "#);
        fs::create_dir_all(checkout.root.join("specs")).expect("a folder");
        checkout
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        // `..` of a folder that does not exist yet leads nowhere.
        fs::create_dir_all(&self.root).expect("a folder");
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a written file");
    }

    fn link(&self, name: &str, target: impl AsRef<Path>) {
        let path = self.path(name);
        let _absent = fs::remove_file(&path);
        symlink(target, path).expect("a link");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.cloud.command(arguments);
        command.current_dir(&self.root);
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        confined::run(&self.command(arguments))
    }
}

#[track_caller]
fn silent(run: Run) -> Run {
    assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{}\n{}", run.stdout, run.stderr);
    run
}

#[test]
fn a_spec_that_is_a_link_is_read_only_inside_of_its_repository() {
    let checkout = Checkout::new();
    let home = checkout.cloud.path("home").canonicalize().expect("a folder");
    let outside = "lies outside of the spec's folder and of its repository";
    let hidden = "has a name in its path that begins with a dot";
    checkout.link("first.yaml", "../home/values.yaml");
    checkout.link("folder", "../home");
    let refused: [(PathBuf, &str, &str); 9] = [
        ("../../home/.kube/config".into(), "home/.kube/config", outside),
        (home.join("values.yaml"), "home/values.yaml", outside),
        ("../.env".into(), "repository/.env", hidden),
        ("../.git/config".into(), "repository/.git/config", hidden),
        ("../.hidden/values.yaml".into(), "repository/.hidden/values.yaml", hidden),
        ("../notes.txt".into(), "notes.txt", "does not end in `.yaml`, `.yml` or `.json`"),
        ("../first.yaml".into(), "home/values.yaml", outside),
        ("../folder/values.yaml".into(), "home/values.yaml", outside),
        ("/proc/self/environ".into(), "environ", outside),
    ];
    for (target, real, reason) in &refused {
        checkout.link("specs/prod.yaml", target);
        for format in FORMATS {
            for spec in [None, Some("specs/prod.yaml"), Some("./deploy/../specs/prod.yaml")] {
                let arguments: Vec<&str> = ["validate", "--format", format].into_iter().chain(spec).collect();
                let run = silent(checkout.run(&arguments).exited(3));
                for part in ["specs/prod.yaml", real, reason, "unreadable"] {
                    assert!(run.stdout.contains(part), "{target:?}: {part} is not in {}", run.stdout);
                }
            }
        }
        for verb in ["render", "plan", "test", "send", "status"] {
            silent(checkout.run(&[verb, "specs/prod.yaml"]).exited(3)).reports(&[
                "is a link to `",
                real,
                reason,
            ]);
        }
        silent(checkout.run(&["explain", "encryption", "--policy", "specs/prod.yaml"]).exited(3));
        silent(checkout.run(&["validate", "--fix"]).exited(3));
    }
    for target in ["../deploy/real.yaml", "other.yaml", "linked.yaml"] {
        checkout.write("specs/other.yaml", SPEC);
        checkout.link("specs/linked.yaml", "../deploy/real.yaml");
        checkout.link("specs/prod.yaml", target);
        checkout.run(&["validate", "specs/prod.yaml"]).exited(0);
    }
}

#[test]
fn a_folder_that_is_a_link_does_not_lead_out_and_is_no_repository() {
    let checkout = Checkout::new();
    // The link would change which folder is the repository.
    checkout.write("../home/.git/config", "");
    fs::remove_dir(checkout.path("specs")).expect("an empty folder");
    checkout.link("specs", "../home");
    silent(checkout.run(&["validate"]).exited(3))
        .reports(&["is a link to `", "home`, which lies outside of"]);
    silent(checkout.run(&["validate", "specs/values.yaml"]).exited(3)).prints(&["which lies outside of"]);
    checkout.link("specs", "deploy");
    checkout.run(&["validate"]).exited(0);

    // Without a repository, the spec's folder and the working folder are the limits.
    fs::remove_dir_all(checkout.path(".git")).expect("a folder");
    checkout.run(&["validate"]).exited(0);
    checkout.link("specs", "../home");
    silent(checkout.run(&["validate"]).exited(3));
    silent(checkout.run(&["validate", "specs/values.yaml"]).exited(3));
    fs::remove_file(checkout.path("specs")).expect("a link");
    checkout.link("deploy/out.yaml", "../deploy.yaml");
    checkout.write("deploy.yaml", "s3cret: s3cret\n");
    silent(checkout.run(&["validate", "deploy/out.yaml"]).exited(3)).prints(&["which lies outside of"]);

    // Links on the path to the user's own files are the user's.
    symlink(&checkout.root, checkout.cloud.path("work")).expect("a link");
    let typed = checkout.cloud.path("work/deploy/real.yaml");
    checkout.run(&["validate", typed.to_str().expect("UTF-8")]).exited(0);
}

/// A spec at the top of its repository, so that the whole repository is inside the spec's folder.
#[test]
fn what_a_spec_names_lies_in_its_folder_is_not_hidden_and_is_what_it_should_be() {
    let checkout = Checkout::new();
    checkout.link("link.yaml", "../home/values.yaml");
    checkout.link("link.json", "../home/event.json");
    checkout.link("env.yaml", ".env");
    checkout.link("zero.yaml", "/dev/zero");
    checkout.link("templates", "../home");
    checkout.write("mine/.keep", "");
    checkout.link("mine/alarms.yaml.j2", "../notes.txt");
    fs::create_dir(checkout.path("folder.yaml")).expect("a folder");
    let made = Command::new("mkfifo").arg(checkout.path("pipe.yaml")).status().expect("mkfifo runs");
    assert!(made.success());
    let names = [
        ("../home/values.yaml", "lies outside of"),
        ("deploy/../../home/values.yaml", "lies outside of"),
        ("folder/../link.yaml", "no such file"),
        ("link.yaml", "is a link to `"),
        ("env.yaml", "begins with a dot"),
        (".git/config", "begins with a dot"),
        (".hidden/values.yaml", "begins with a dot"),
        ("deploy/../.env", "begins with a dot"),
        ("notes.txt", "does not end in `.yaml`, `.yml` or `.json`"),
        ("pipe.yaml", "it is a pipe"),
        ("zero.yaml", "it is a device"),
        ("folder.yaml", "it is a folder"),
        ("/proc/self/environ", "lies outside of"),
    ];
    let head = "version: 1\nname: demo\nenvironment: dev\nalarms: {notify: [a@b.c]}\n";
    let bus = "bus: {pattern: {source: [a]}}\n";
    for (name, reason) in names {
        for text in [
            format!("extends: {name}\n{head}{bus}"),
            format!("{head}{bus}deploy: {{extra: [{name}]}}\n"),
            format!("{head}bus: {{pattern: {{source: [a]}}, samples: {{match: [{name}]}}}}\n"),
        ] {
            checkout.write("top.yaml", &text);
            for format in FORMATS {
                let run = silent(checkout.run(&["validate", "top.yaml", "--format", format]).exited(3));
                assert!(run.stdout.contains(reason), "{text}: {reason} is not in {}", run.stdout);
            }
        }
    }
    for (folder, reason) in [
        ("templates", "is a link to `"),
        ("../home", "lies outside of"),
        ("pipe.yaml", "not a folder"),
        ("mine", ".yaml.j2"),
    ] {
        checkout.write("top.yaml", &format!("{head}{bus}deploy: {{templates: {folder}}}\n"));
        let run = silent(checkout.run(&["validate", "top.yaml"]).exited(3));
        assert!(run.stdout.contains(reason), "{folder}: {reason} is not in {}", run.stdout);
    }
}

#[test]
fn a_folder_whose_name_is_not_utf8_changes_nothing() {
    let checkout = Checkout::named(OsStr::from_bytes(b"na\xffme"));
    checkout.write("specs/good.yaml", SPEC);
    checkout.run(&["validate"]).exited(0);
    checkout.run(&["validate", "specs/good.yaml"]).exited(0);
    checkout.link("specs/prod.yaml", "../../home/values.yaml");
    silent(checkout.run(&["validate"]).exited(3)).prints(&["is a link to `", "home/values.yaml"]);
    silent(checkout.run(&["validate", "specs/prod.yaml"]).exited(3));
    checkout.write("specs/prod.yaml.j2", "");
    for named in ["extends: out.yaml\n", "deploy: {extra: [out.yaml]}\n", "deploy: {templates: out}\n"] {
        checkout.link("specs/out.yaml", "../../home/values.yaml");
        checkout.link("specs/out", "../../home");
        let _link = fs::remove_file(checkout.path("specs/prod.yaml"));
        checkout.write("specs/prod.yaml", &format!("{SPEC}{named}"));
        silent(checkout.run(&["validate", "specs/prod.yaml"]).exited(3)).prints(&["is a link to `"]);
    }
    // Edits are made in the right file.
    checkout.write("specs/prod.yaml", &format!("{SPEC}table: {{ttl_day: 9}}\n"));
    checkout.run(&["validate", "specs/prod.yaml", "--fix"]).exited(0);

    // A spec whose name is not valid text is not skipped.
    fs::write(checkout.path("specs").join(OsStr::from_bytes(b"\xff.yaml")), "wrong").expect("a file");
    checkout.run(&["validate"]).exited(3).reports(&["holds a file whose name is not UTF-8: `\u{fffd}.yaml`"]);
}

#[test]
fn what_is_found_is_a_regular_file_of_a_few_kilobytes() {
    let checkout = Checkout::new();
    let location = checkout.path("specs/a.yaml");
    let found = |reason: &str| {
        let run = checkout.run(&["validate"]).exited(3);
        assert!(run.stdout.contains(reason), "{reason} is not in {}", run.stdout);
    };
    assert!(Command::new("mkfifo").arg(&location).status().expect("mkfifo runs").success());
    found("it is a pipe");
    fs::remove_file(&location).expect("a pipe");
    let socket = std::os::unix::net::UnixListener::bind(&location).expect("a socket");
    found("it is a socket");
    drop(socket);
    fs::remove_file(&location).expect("a socket");
    fs::create_dir(&location).expect("a folder");
    found("it is a folder");
    fs::remove_dir(&location).expect("a folder");
    for device in ["/dev/zero", "/dev/urandom", "/dev/full", "/dev/tty"] {
        checkout.link("specs/a.yaml", device);
        found("it is a device");
    }
    fs::remove_file(&location).expect("a link");
    // Nothing is written: the whole file is a hole.
    let file = fs_err::File::create(&location).expect("a file");
    file.set_len(1 << 40).expect("a file of a terabyte");
    found("has more than 1048576 bytes");
    checkout.write("top.yaml", &format!("{SPEC}deploy: {{extra: [specs/a.yaml]}}\n"));
    checkout.run(&["validate", "top.yaml"]).exited(3).prints(&["has more than 1048576 bytes"]);
}

#[test]
fn a_pipe_or_stdin_that_is_named_is_read() {
    let checkout = Checkout::new();
    checkout.write("specs/good.yaml", SPEC);
    checkout.write("event.json", &fs::read_to_string("specs/samples/created.json").expect("a sample"));
    assert!(Command::new("mkfifo").arg(checkout.path("late")).status().expect("mkfifo runs").success());
    let validate = |arguments: &[&str], line: &str| {
        confined::shell(line, &checkout.command(&[&["validate"], arguments].concat())).exited(0);
    };
    validate(&[], r#""$@" <(cat specs/good.yaml)"#);
    validate(&[], r#""$@" <(sleep 2; cat specs/good.yaml)"#);
    validate(&["/dev/stdin"], r#"cat specs/good.yaml | "$@""#);
    validate(&["/dev/stdin"], r#""$@" < specs/good.yaml"#);
    validate(&["/dev/fd/3"], r#""$@" 3< specs/good.yaml"#);
    validate(&["-"], r#"(head -c 20 specs/good.yaml; sleep 1; tail -c +21 specs/good.yaml) | "$@""#);
    validate(&["late"], r#"(sleep 1; cat specs/good.yaml > late) & "$@""#);
    for line in [r#""$@" < event.json"#, r#"cat event.json | "$@""#] {
        let test = checkout.command(&["test", "specs/good.yaml", "--event", "-"]);
        confined::shell(line, &test).exited(0).prints(&["matches"]);
    }
    confined::shell(r#""$@" <(cat event.json)"#, &checkout.command(&["test", "specs/good.yaml", "--event"]))
        .exited(0)
        .prints(&["matches"]);
}

#[test]
fn a_pipe_without_an_end_or_without_a_word_is_given_up() {
    let checkout = Checkout::new();
    checkout.write("specs/good.yaml", SPEC);
    assert!(Command::new("mkfifo").arg(checkout.path("alone")).status().expect("mkfifo runs").success());
    let silence = "it gave no data for 5 s";
    for (arguments, line, reason) in [
        (&["validate", "-"][..], r#"yes | "$@""#, "has more than 1048576 bytes"),
        (&["validate"], r#""$@" <(cat /dev/zero)"#, "has more than 1048576 bytes"),
        (&["validate", "-"], r#"sleep 20 | "$@""#, silence),
        (&["validate", "/dev/stdin"], r#"(printf version:; sleep 20) | "$@""#, silence),
        (&["validate", "alone"], r#""$@""#, silence),
        (&["test", "specs/good.yaml", "--event", "-"], r#"yes | "$@""#, "more than 1 MiB"),
        (&["send", "specs/good.yaml", "--event", "-"], r#"yes | "$@""#, "has more than 67108864 bytes"),
        (&["send", "specs/good.yaml", "--event", "alone"], r#""$@""#, silence),
        (&["validate", "/dev/stdin"], r#""$@" < /dev/zero"#, "it is a device"),
    ] {
        let run = confined::shell(line, &checkout.command(arguments));
        assert!(matches!(run.code, Some(1 | 3)), "{arguments:?}: {:?} {}", run.code, run.stderr);
        let text = run.stdout + &run.stderr;
        assert!(text.contains(reason) && !text.contains("panicked"), "{arguments:?} {line}: {text}");
    }
}

#[test]
fn no_device_fills_the_memory_wherever_it_is_named() {
    let checkout = Checkout::new();
    checkout.write("specs/good.yaml", SPEC);
    checkout.link("event.json", "/dev/zero");
    checkout.link("secret.json", "../home/event.json");
    let event = |file: &str, reason: &str| {
        for verb in ["send", "test"] {
            let run = checkout.run(&[verb, "specs/good.yaml", "--event", file]).exited(1);
            silent(run).reports(&["error[send::invalid-event]", reason]);
        }
    };
    for device in ["/dev/zero", "/dev/urandom", "event.json"] {
        event(device, "it is a device");
        for verb in ["validate", "render", "apply"] {
            let run = checkout.run(&[verb, device]).exited(3);
            assert!((run.stdout + &run.stderr).contains("it is a device"), "{verb} {device}");
        }
    }
    event("secret.json", "is a link to `");
    event("specs", "it is a folder");

    // Files that the environment names are the user's own, and may still be invalid.
    let environment = |name: &str, value: &str, arguments: &[&str], reason: &str| {
        let mut command = checkout.command(arguments);
        command
            .env(name, value)
            .env("AWS_ACCESS_KEY_ID", "A")
            .env("AWS_SECRET_ACCESS_KEY", "B")
            .env("AWS_REGION", "eu-west-1");
        let run = confined::run(&command);
        let text = run.stdout + &run.stderr;
        assert_eq!(run.code, Some(1), "{name}: {text}");
        assert!(text.contains(reason), "{name}: {reason} is not in {text}");
    };
    environment("PIPECTL_PROCESSOR", "/dev/zero", &["build", "specs/good.yaml"], "it is a device");
    environment("AWS_CA_BUNDLE", "/dev/zero", &["status", "specs/good.yaml"], "it is a device");
    // A pipe in place of a stored file, and a device in place of the local cloud's record.
    let folder = checkout.path("state/pipectl/stacks/123456789012/eu-west-1");
    fs::create_dir_all(&folder).expect("a folder");
    assert!(
        Command::new("mkfifo").arg(folder.join("walk-test.json")).status().expect("mkfifo runs").success()
    );
    let state = checkout.path("state");
    let offline = ["plan", "specs/good.yaml", "--offline"];
    environment("XDG_STATE_HOME", state.to_str().expect("UTF-8"), &offline, "cannot be read");
    let local = checkout.path("local");
    fs::create_dir(&local).expect("a folder");
    symlink("/dev/zero", local.join("local.json")).expect("a link");
    let mut status = checkout.command(&["local", "status", "--format", "json"]);
    status.env("PIPECTL_LOCAL_DIR", &local);
    assert_eq!(confined::run(&status).exited(0).json()["running"], false);
    // A saved plan must be a regular file.
    checkout.link("saved.plan", "/dev/zero");
    checkout.run(&["apply", "saved.plan"]).exited(3).reports(&["it is a device"]);
}
