//! Any bytes as the answer of a service: an error in few words, or a value; never a panic, never slow, never large.
//!
//! `.ci/fuzz SECONDS` sets the keys, without which no call is made.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../it/attack/any_answer.rs"]
mod any_answer;

fuzz_target!(|bytes: &[u8]| any_answer::ask(bytes, false));
