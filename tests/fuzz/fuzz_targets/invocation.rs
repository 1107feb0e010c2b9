//! Any bytes as an invocation of the processor: an error, or an answer that names every failed record and no other; never
//! a panic, never slow.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz invocation` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

// The name that the shared file uses, because it is also a test of its own package.
extern crate processor as pipectl_processor;

#[path = "../../../processor/tests/it/any_invocation.rs"]
mod any_invocation;

mod mutate;

fuzz_target!(|bytes: &[u8]| {
    any_invocation::answer(bytes);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 0)
});
