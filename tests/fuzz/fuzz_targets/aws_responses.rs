//! Any bytes as the answer of a service: a short error, or a value; never a panic, never slow, never large.
//!
//! `.ci/fuzz SECONDS` sets the keys, without which no call is made.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

#[path = "../../it/attack/any_answer.rs"]
mod any_answer;

mod mutate;

fuzz_target!(|bytes: &[u8]| any_answer::ask(bytes, false));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 2)
});
