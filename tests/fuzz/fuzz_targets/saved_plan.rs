//! Any bytes as a saved plan: as they are, and as a plan with the digest that belongs to them.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../it/attack/any_plan.rs"]
mod any_plan;

fuzz_target!(|bytes: &[u8]| {
    any_plan::read(bytes);
});
