//! Any bytes as an editor's input: whole messages come back, or the connection ends with a reason; never a panic, never
//! slow, never large.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz frames` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

#[path = "../../it/attack/any_frames.rs"]
mod any_frames;

mod mutate;

fuzz_target!(|bytes: &[u8]| {
    any_frames::converse(bytes);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 1)
});
