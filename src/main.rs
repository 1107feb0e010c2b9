//! The `pipectl` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    pipectl::cli::run()
}
