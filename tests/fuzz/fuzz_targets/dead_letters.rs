//! Any bytes as the body of a dead letter: a row or a reason, and a listing that steers no terminal.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../it/attack/any_letter.rs"]
mod any_letter;

fuzz_target!(|bytes: &[u8]| any_letter::list(bytes));
