//! The Lambda's `bootstrap`. Everything is in the library, where it is tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    processor::startup::run()
}
