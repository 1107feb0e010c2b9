//! How files are written: replaced as a whole or not at all, or appended to and flushed before anything else happens.
//!
//! Every file of pipectl is written by this module. An existing path that is not a regular file (a device, a pipe, a
//! folder) is rejected before a byte is written.

mod append;
mod folder;
mod kind;
mod replace;
mod scratch;

pub use append::append;
pub use folder::{replace_folder, set_aside, take_back};
pub use kind::make_folder;
pub use replace::{Access, Link, Own, replace, replace_own};
pub use scratch::{Scratch, scratch};

use std::io;

/// Why a file cannot be written, as a short text without its path.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::Other => error.to_string(),
        kind => kind.to_string(),
    }
}
