//! Any bytes as the body of a dead letter: a row or a reason, and a listing without terminal control codes.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

#[path = "../../it/attack/any_dead_letter.rs"]
mod any_dead_letter;

mod mutate;

fuzz_target!(|bytes: &[u8]| any_dead_letter::list(bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 0)
});
