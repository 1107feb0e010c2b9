//! Any bytes as a saved plan: unchanged, and as a plan with the right digest.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

#[path = "../../it/attack/any_plan.rs"]
mod any_plan;

mod mutate;

fuzz_target!(|bytes: &[u8]| {
    any_plan::read(bytes);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate::mutate(data, size, max_size, seed, 0)
});
