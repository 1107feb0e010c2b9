//! The token that makes a repeated call the same operation.

use std::time::{SystemTime, UNIX_EPOCH};

/// A client request token from the kind of operation, the caller and the content's digest. A repeated call is the same
/// operation, and other callers see whose operation runs. At most 128 letters, digits and hyphens.
pub(super) fn token(kind: &str, digest: &str) -> String {
    let milliseconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_millis());
    let user =
        ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let user: String = user.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let user = if user.is_empty() { "unknown" } else { &user };
    format!("pipectl-{kind}-{user}-{milliseconds}-{}", digest.get(..8).unwrap_or(digest))
}
