//! How files are written: replaced as a whole or not at all, or added to and on the disk before anything else happens.
//!
//! Every file of pipectl's goes through here. What is in the way of one and not a regular file (a device, a pipe, a folder) is
//! refused before a byte is written.

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

/// Why a file cannot be written, in a few words and without its path.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::Other => error.to_string(),
        kind => kind.to_string(),
    }
}
