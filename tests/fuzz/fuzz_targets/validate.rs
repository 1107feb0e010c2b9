//! Any bytes as a spec: rejected with a location, or valid and rendered; never a panic, never slow.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz validate` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use camino::Utf8Path;
use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use pipectl::diagnostic::Diagnostic;
use pipectl::sandbox::Process;
use pipectl::{render, source, validate};

mod mutate;
mod diagnostics;

fuzz_target!(|bytes: &[u8]| {
    // In a folder that does not exist, so the files in `extends` and `samples` are not found.
    let path = Utf8Path::new("no-such-folder/spec.yaml");
    let judged = source::read_text(path, bytes).and_then(|tree| validate::validate(&tree, false));
    let (diagnostics, sources) = match &judged {
        Ok(checked) => (checked.warnings(), checked.sources()),
        Err(failure) => (failure.diagnostics.as_slice(), failure.sources.as_slice()),
    };
    assert!(judged.is_ok() || diagnostics.iter().any(Diagnostic::is_error), "refused without a reason");
    for diagnostic in diagnostics {
        diagnostics::check(diagnostic, sources);
    }
    if let Ok(checked) = &judged {
        render::render(checked, &Process).expect("a valid spec has a template");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 0)
});
