//! Any bytes as a custom template; the first byte chooses which one. It is rejected with a location, or expanded. The
//! process that expands it may die, and nothing else does. If it does not die, the template is expanded here too, which
//! counts for coverage and must give the same result.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz custom_template` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use pipectl::render::{End, SandboxRun, Sandbox, TEMPLATES, answer};
use pipectl::sandbox;

mod folder;
mod mutate;
mod diagnostics;

use folder::Folder;

static FOLDER: OnceLock<Folder> = OnceLock::new();

/// Bytes; unused stack costs nothing.
const STACK: usize = 128 * 1024 * 1024;

struct Both;

impl Sandbox for Both {
    fn run(&self, request: &str) -> SandboxRun {
        let run = sandbox::Process.run(request);
        if run.end == End::Done {
            // That process has 64 MiB of stack, and some templates use most of it.
            let here = std::thread::scope(|scope| {
                let builder = std::thread::Builder::new().stack_size(STACK);
                let started = builder.spawn_scoped(scope, || answer(request, Box::new(|_| {})));
                started.expect("a thread").join()
            });
            assert_eq!(run.written.lines().last(), Some(here.expect("an answer").as_str()));
        }
        run
    }
}

/// This program is also the process that expands templates.
fn start() {
    if std::env::args().nth(1).as_deref() == Some(sandbox::ARGUMENT) {
        let served = sandbox::serve();
        std::process::exit(i32::from(served.is_err()));
    }
    sandbox::is_served();
}

fuzz_target!(init: start(), |bytes: &[u8]| {
    let Some((which, text)) = bytes.split_first() else { return };
    let folder = FOLDER.get_or_init(|| Folder::new("template", "{templates: templates}"));
    let (name, _) = TEMPLATES[usize::from(*which) % TEMPLATES.len()];
    let path = folder.path().join("templates").join(name);
    std::fs::write(&path, text).expect("written");
    let rendered = folder.render(&Both);
    std::fs::remove_file(path).expect("removed");
    if let Ok(template) = rendered {
        let plain: String = template.text.to_lowercase().split_whitespace().collect();
        // A comment may contain it, and is not part of the stack.
        let values = template.parsed.to_string().to_lowercase();
        assert!(!values.contains("{{resolve:"), "{plain}");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 1)
});
