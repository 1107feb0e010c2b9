use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of the value's compact JSON, in hexadecimal. Keys are sorted by `serde_json`'s map.
#[must_use]
pub fn digest(value: &Value) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(value.to_string()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
