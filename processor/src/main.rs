//! The Lambda's `bootstrap`. Everything is in the library, where it is tested.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipectl_processor::run_with(Ok)
}
