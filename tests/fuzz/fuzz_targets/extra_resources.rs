//! Any bytes as a file of resources: rejected with a location, or part of the stack. In the stack, no text of it becomes
//! a dynamic reference, whatever values AWS inserts; never a panic, never slow.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz extra_resources` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use pipectl::render::{End, SandboxRun, Sandbox, answer};
use serde_json::Value;

#[path = "../../../src/render/dynamic/tests/filled_in.rs"]
mod filled_in;
mod folder;
mod mutate;
mod diagnostics;

use filled_in::{FILLED_IN, text};
use folder::Folder;

static FOLDER: OnceLock<Folder> = OnceLock::new();

/// Expands in this process without limits, so that the coverage is visible.
struct Here;

impl Sandbox for Here {
    fn run(&self, request: &str) -> SandboxRun {
        SandboxRun { written: answer(request, Box::new(|_| {})), end: End::Done }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let folder = FOLDER.get_or_init(|| Folder::new("extra", "{extra: [more.yaml]}"));
    std::fs::write(folder.path().join("more.yaml"), bytes).expect("written");
    if let Ok(template) = folder.render(&Here) {
        for filled_in in FILLED_IN {
            look(&template.parsed["Resources"], filled_in);
            look(&template.parsed["Outputs"], filled_in);
        }
    }
});

fn look(value: &Value, filled_in: &str) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| look(value, filled_in)),
        Value::Object(map) => {
            if map.len() == 1 && map.keys().all(|key| key.starts_with("Fn::")) {
                refuse(&text(value, filled_in));
            }
            map.values().for_each(|value| look(value, filled_in));
        }
        Value::String(text) => refuse(text),
        _ => {}
    }
}

fn refuse(text: &str) {
    let plain: String = text.to_lowercase().split_whitespace().collect();
    assert!(!plain.contains("{{resolve:"), "{text}");
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 0)
});
