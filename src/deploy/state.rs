//! Where this machine keeps what it remembers of a stack or a queue.

use camino::Utf8PathBuf;

use super::session::Session;

/// Stands for the account of the local cloud: every such cloud has the same one.
pub(super) const LOCAL: &str = "local";

/// The file of a stack or a queue, by its name; `None` where the service's words cannot name a folder.
pub(super) fn file(session: &Session, kind: &str, name: &str) -> Option<Utf8PathBuf> {
    let account = if session.is_local() { LOCAL } else { &session.account };
    let parts = [account, session.region(), name];
    let plain = |part: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !part.is_empty() && part.bytes().all(is_plain)
    };
    let [account, region, name] = parts;
    parts.iter().all(plain).then(|| folder(kind).join(account).join(region).join(format!("{name}.json")))
}

/// Below `XDG_STATE_HOME`, else `~/.local/state`, as the XDG specification has it; relative ones count as unset.
pub(super) fn folder(kind: &str) -> Utf8PathBuf {
    let variable =
        |name: &str| std::env::var(name).ok().map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(|| Utf8PathBuf::from("/nonexistent"));
    state.join("pipectl").join(kind)
}
