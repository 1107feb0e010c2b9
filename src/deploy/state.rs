//! Where this machine stores the state of a stack or a queue.

use camino::Utf8PathBuf;

use super::session::Session;

/// Replaces the account of the local cloud, which is the same in every local cloud.
pub(super) const LOCAL: &str = "local";

/// The file of a stack or a queue, by its name; `None` if a value from AWS cannot be a folder's name.
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

/// The folder in `XDG_STATE_HOME`, else in `~/.local/state`, by the XDG specification; a relative path counts as unset.
pub(super) fn folder(kind: &str) -> Utf8PathBuf {
    let variable =
        |name: &str| std::env::var(name).ok().map(Utf8PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .unwrap_or_else(|| Utf8PathBuf::from("/nonexistent"));
    state.join("pipectl").join(kind)
}
