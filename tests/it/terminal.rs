//! Where the output is written, and where pipectl may write: a full disk, a closed pipe, another user's folder, a
//! terminal of 20 columns.

#[cfg(target_os = "linux")]
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::cloud::{Cloud, Run};

/// Commands that write more than a page to stdout, without a cloud.
const TALKATIVE: [&[&str]; 4] = [
    &["render", "specs/prod.yaml"],
    &["schema"],
    &["validate", "specs/prod.yaml", "--format", "json"],
    &["explain", "queue.retention_days"],
];

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_not_a_short_file() {
    let cloud = Cloud::new();
    for arguments in TALKATIVE {
        let full =
            fs_err::OpenOptions::new().write(true).open("/dev/full").expect("a device that is always full");
        let output =
            cloud.command(arguments).stdout(Stdio::from(full.into_parts().0)).output().expect("pipectl runs");
        Run::of(output).exited(1).reports(&["stdout cannot be written"]);
    }
}

#[test]
fn a_reader_that_leaves_ends_the_command_without_a_word() {
    let cloud = Cloud::new();
    for arguments in TALKATIVE {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = Run::of(cloud.command(arguments).stdout(writer).output().expect("pipectl runs"));
        let errors = &run.stderr;
        assert!(!errors.contains("panicked") && !errors.contains("error"), "{arguments:?}: {errors}");
    }
}

/// A file in place of the folder: no user can write below it, not even root.
#[test]
fn a_home_that_is_not_writable_is_named_with_the_fix() {
    let cloud = Cloud::new();
    let home = cloud.write("home", "");
    let spec = cloud.path("spec.yaml");
    let arguments = ["apply", spec.to_str().expect("UTF-8"), "--local"];

    let mut command = cloud.command(&arguments);
    command.env("HOME", &home);
    for name in ["XDG_STATE_HOME", "XDG_CACHE_HOME", "PIPECTL_CACHE_DIR", "PIPECTL_LOCAL_DIR"] {
        command.env_remove(name);
    }
    let folder = format!("{}/", home.display());
    Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
        "error[local::unavailable]",
        &folder,
        "PIPECTL_CACHE_DIR",
    ]);

    // The local copies of a deployment, for `history` and `plan --offline`, are optional: without them the deploy
    // continues.
    let mut command = cloud.command(&arguments);
    command.env("HOME", &home).env_remove("XDG_STATE_HOME");
    Run::of(command.output().expect("pipectl runs")).succeeded();
    cloud.local("destroy", &["--yes"]).succeeded();
}

#[cfg(target_os = "linux")]
#[test]
fn twenty_columns_and_a_terminal_that_knows_nothing_are_enough() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let wrong = cloud.write("wrong.yaml", "version: 1\nname: x\nqueue: {retention_days: 99}\n");
    let spec = cloud.path("spec.yaml");
    let (wrong, spec) = (wrong.to_str().expect("UTF-8"), spec.to_str().expect("UTF-8"));
    let commands: [(&[&str], i32, &str); 3] = [
        (&["validate", wrong], 3, "retention_days"),
        (&["status", spec, "--local"], 0, "walk-test"),
        (&["plan", spec, "--local"], 0, "no changes"),
    ];
    for columns in ["1", "20"] {
        for (arguments, code, text) in commands {
            let run = in_terminal(&cloud, columns, arguments).exited(code).prints(&[text]);
            assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("panicked"), "{}", run.stdout);
        }
    }
    // A page that is redrawn obeys `NO_COLOR`, and its hint is removed with it.
    let mut watch = cloud.command(&["status", spec, "--local", "--watch"]);
    watch.env("TERM", "xterm").env("NO_COLOR", "1");
    let shown = answered("80", watch, "press `q` to quit", b"q").succeeded().stdout;
    let (_, last) = shown.rsplit_once("press `q` to quit").expect("a page");
    assert!(last.contains("health") && last.contains(" UTC"), "{shown:?}");
    let is_digit = |character: char| character.is_ascii_digit() || character == ';';
    let mut changes = shown.split("\u{1b}[").skip(1);
    assert!(changes.all(|remainder| !remainder.trim_start_matches(is_digit).starts_with('m')), "{shown:?}");
    // The width of the terminal decides between a table and lines.
    let list = ["list", "--local"];
    in_terminal(&cloud, "200", &list).succeeded().prints(&["stack      environment", "applied (UTC)"]);
    in_terminal(&cloud, "80", &list)
        .succeeded()
        .prints(&["CREATE_COMPLETE\r\n    pipectl ", "\r\n    applied "]);
}

/// A run in a terminal of its own with this number of columns; its output is in `stdout`.
#[cfg(target_os = "linux")]
fn in_terminal(cloud: &Cloud, columns: &str, arguments: &[&str]) -> Run {
    let mut inner = cloud.command(arguments);
    inner.env("TERM", "dumb");
    let output = terminal(columns, &inner).stdin(Stdio::null()).output();
    Run::of(output.expect("`script` of util-linux runs"))
}

/// The same, with these keys pressed once it shows a text.
#[cfg(target_os = "linux")]
fn answered(columns: &str, inner: Command, text: &str, keys: &[u8]) -> Run {
    let mut outer = terminal(columns, &inner);
    let outer = outer.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = outer.spawn().expect("`script` of util-linux runs");
    let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
    let (mut shown, mut part, mut pressed) = (Vec::new(), [0; 4096], false);
    loop {
        let length = output.read(&mut part).expect("what it shows");
        if length == 0 {
            break;
        }
        shown.extend_from_slice(&part[..length]);
        if !pressed && String::from_utf8_lossy(&shown).contains(text) {
            input.write_all(keys).expect("pressed keys");
            pressed = true;
        }
    }
    let ended = child.wait_with_output().expect("an end");
    Run::of(std::process::Output { stdout: shown, ..ended })
}

/// The command in a terminal of its own.
#[cfg(target_os = "linux")]
fn terminal(columns: &str, inner: &Command) -> Command {
    let line = std::iter::once(inner.get_program()).chain(inner.get_args());
    let line: Vec<_> = line.map(|word| format!("'{}'", word.to_str().expect("UTF-8"))).collect();
    let line = format!("stty rows 24 cols {columns} && exec {}", line.join(" "));
    let mut outer = Command::new("script");
    outer.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer.current_dir(env!("CARGO_MANIFEST_DIR"));
    outer
}
