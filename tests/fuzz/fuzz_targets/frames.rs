//! Any bytes as what an editor sends: whole messages come back, or the connection ends with a reason; never a panic, never
//! slow, never large.
//!
//! `cargo fuzz run --fuzz-dir tests/fuzz frames` with nightly and cargo-fuzz, or `.ci/fuzz SECONDS` with stable.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../it/attack/any_frames.rs"]
mod any_frames;

fuzz_target!(|bytes: &[u8]| {
    any_frames::converse(bytes);
});
