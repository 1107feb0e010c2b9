//! The git checkout that contains a spec. A repository may be untrusted: no program that it configures is run, and
//! nothing is fetched or written.

use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::child::{self, End, Excess, Limits};

/// git takes a second or two for the status of a large checkout.
const LIMITS: Limits =
    Limits { patience: Duration::from_secs(3), output: 64 * 1024, excess: Excess::Dropped };
/// Variables of git that hold the user's own settings. All others, such as `GIT_DIR` in a hook, select another
/// repository.
const SETTINGS: [&str; 4] =
    ["GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH"];
/// The programs that a repository may configure for its files: `git status` would run them.
const FILTERS: &str = r"^filter\..*\.(clean|process)$";

/// Prints the commit that is checked out.
const HEAD: [&str; 4] = ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"];

/// The state of a checkout. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// In hexadecimal.
    pub commit: String,
    /// Whether files differed from the commit, or were not in it; `None`: unknown.
    pub dirty: Option<bool>,
}

impl Checkout {
    /// For people: the first digits, and whether files differed.
    #[must_use]
    pub fn short(&self) -> String {
        let commit = self.commit.get(..8).unwrap_or(&self.commit);
        let changes = if self.dirty == Some(true) { " with uncommitted changes" } else { "" };
        format!("{commit}{changes}")
    }
}

/// The checkout that contains a file; `None`: there is none, or git is not installed.
pub async fn checkout(file: &Utf8Path) -> Option<Checkout> {
    let folder = folder(file);
    let look = tokio::task::spawn_blocking(move || {
        let commit = head(&folder)?;
        Some(Checkout { commit, dirty: is_dirty(&folder) })
    });
    look.await.ok().flatten()
}

/// Whether a file is in a checkout, without reading the state of its files.
pub(super) async fn is_checked_out(file: &Utf8Path) -> bool {
    let folder = folder(file);
    tokio::task::spawn_blocking(move || head(&folder).is_some()).await.unwrap_or(false)
}

fn head(folder: &Utf8Path) -> Option<String> {
    line(folder, &HEAD).filter(|commit| is_commit(commit))
}

/// Whether the history of the checkout that contains a file has a commit. `None`: unknown.
pub(super) async fn contains(file: &Utf8Path, commit: &str) -> Option<bool> {
    let (folder, commit) = (folder(file), commit.to_owned());
    if !is_commit(&commit) {
        return None;
    }
    let look = tokio::task::spawn_blocking(move || {
        let is_shallow = line(&folder, &["rev-parse", "--is-shallow-repository"])? == "true";
        let (code, _) = git(&folder, &["merge-base", "--is-ancestor", &commit, "HEAD"])?;
        match code {
            0 => Some(true),
            // A shallow clone lacks most of its history. Elsewhere, 128 means that the commit is unknown.
            1 | 128 if !is_shallow => Some(false),
            _ => None,
        }
    });
    look.await.ok().flatten()
}

/// Checked because it is external input, and becomes an argument of git.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn folder(file: &Utf8Path) -> Utf8PathBuf {
    let folder = file.parent().filter(|folder| !folder.as_str().is_empty());
    folder.map_or_else(|| Utf8PathBuf::from("."), Utf8Path::to_owned)
}

fn is_dirty(folder: &Utf8Path) -> Option<bool> {
    // 1: none is configured. git before 2.26 does not support scopes, and returns 129.
    let (code, filters) = git(folder, &["config", "--null", "--show-scope", "--get-regexp", FILTERS])?;
    if !matches!(code, 0 | 1) || has_own_filters(&filters) {
        return None;
    }
    // A submodule has a configuration of its own, and counts as clean if its commit is the expected one.
    let status = ["status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=dirty"];
    let (code, changes) = git(folder, &status)?;
    (code == 0).then_some(!changes.is_empty())
}

/// Whether the repository itself configures programs, as opposed to the user. `scope NUL key LF value NUL …`
fn has_own_filters(listed: &str) -> bool {
    listed.split('\0').step_by(2).any(|scope| !matches!(scope, "" | "system" | "global" | "command"))
}

fn line(folder: &Utf8Path, arguments: &[&str]) -> Option<String> {
    let (code, words) = git(folder, arguments)?;
    (code == 0).then(|| words.trim().to_owned())
}

/// The exit code and the output; `None`: it did not run to its end.
fn git(folder: &Utf8Path, arguments: &[&str]) -> Option<(i32, String)> {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("GIT_") && !SETTINGS.iter().any(|setting| name.starts_with(setting)) {
            command.env_remove(name.as_ref());
        }
    }
    command
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // A partial clone would fetch missing objects, with any program that it configures.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .args(["--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-C"])
        .arg(folder)
        .args(arguments)
        .stdin(Stdio::null());
    let ended = child::run(&mut command, false, &LIMITS, || false);
    match ended.end {
        End::Exited(status) => Some((status.code()?, String::from_utf8_lossy(&ended.stdout).into_owned())),
        End::NotStarted(_) | End::TooLong | End::TooMuch => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_filters_of_the_repository_itself_are_strangers() {
        let lfs = "global\0filter.lfs.clean\ngit-lfs clean -- %f\0system\0filter.x.process\ny\0";
        assert!(!has_own_filters(""));
        assert!(!has_own_filters(lfs));
        assert!(has_own_filters(&format!("{lfs}local\0filter.evil.clean\ntouch /tmp/x\0")));
        assert!(has_own_filters("worktree\0filter.evil.process\nx\0"));
    }

    #[test]
    fn what_is_no_commit_is_never_an_argument() {
        assert!(is_commit(&"a".repeat(40)) && is_commit(&"0".repeat(64)));
        for wrong in ["", "HEAD", "--upload-pack=x", &"g".repeat(40), &"a".repeat(41)] {
            assert!(!is_commit(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_checkout_is_named_by_its_first_digits() {
        let of = |dirty| Checkout { commit: "0123456789abcdef".to_owned(), dirty }.short();
        assert_eq!(
            [Some(true), Some(false), None].map(of),
            ["01234567 with uncommitted changes", "01234567", "01234567"]
        );
        assert_eq!(folder("spec.yaml".into()), ".");
        assert_eq!(folder("specs/dev.yaml".into()), "specs");
    }
}
