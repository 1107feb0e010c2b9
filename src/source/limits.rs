//! The limits of a spec. Real ones have two or three kilobytes.

/// Bytes of one file.
pub(super) const BYTES: u64 = 1024 * 1024;
/// Levels of maps and lists.
pub(super) const DEPTH: usize = 32;
/// Values, including those that aliases repeat.
pub(super) const NODES: usize = 10_000;
/// Aliases in one file.
pub(super) const ALIASES: usize = 100;
/// Files in a chain of `extends`.
pub(super) const CHAIN: usize = 8;
