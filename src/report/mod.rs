//! The only room that prints: data to stdout, everything else to stderr.

mod console;

pub use console::{Color, Console, Format};
