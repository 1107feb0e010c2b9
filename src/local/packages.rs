//! Which packages the local cloud consists of: those of the lock, or a wheel that the user names in place of `MiniStack`.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::LocalError;
use super::saved::hex;
use crate::input::{self, Origin};

/// All packages with their dependencies, in exact versions with hashes. Its first lines name the command that makes it
/// from `requirements.in`.
pub(super) const LOCK: &str = include_str!("requirements.txt");

/// Names a wheel of `MiniStack` that is installed instead of the one in the lock.
pub(super) const WHEEL: &str = "PIPECTL_LOCAL_WHEEL";

const LARGEST_WHEEL: u64 = 1 << 28;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packages {
    Locked,
    /// Its dependencies are those that it names, in any version that the index has.
    Wheel {
        path: Utf8PathBuf,
        sha256: String,
    },
}

impl Packages {
    /// # Errors
    /// The wheel that the environment names cannot be read.
    pub(super) fn from_environment() -> Result<Self, LocalError> {
        // An empty variable counts as unset.
        let Some(named) = std::env::var_os(WHEEL).filter(|named| !named.is_empty()) else {
            return Ok(Self::Locked);
        };
        let refused = |reason: String| LocalError::WheelUnreadable {
            wheel: named.to_string_lossy().into_owned(),
            reason,
        };
        let text = named.to_str().ok_or_else(|| refused("its path is not UTF-8".to_owned()))?;
        let path = camino::absolute_utf8(text).map_err(|error| refused(error.to_string()))?;
        let bytes =
            input::read(&path, Origin::Own, LARGEST_WHEEL).map_err(|refusal| refused(refusal.to_string()))?;
        Ok(Self::Wheel { path, sha256: digest(&bytes) })
    }

    /// Differs whenever something else would be installed.
    pub(super) fn stamp(&self) -> String {
        let lock = digest(LOCK.as_bytes());
        match self {
            Self::Locked => lock,
            Self::Wheel { sha256, .. } => format!("{lock} wheel {sha256}"),
        }
    }

    /// The arguments of `pip install`, of pip and of uv. `lock` is the path of the written lock.
    pub(super) fn arguments(&self, lock: &Utf8Path) -> Vec<String> {
        match self {
            Self::Locked => vec!["--require-hashes".to_owned(), "-r".to_owned(), lock.to_string()],
            Self::Wheel { path, .. } => vec![path.to_string(), locked("cbor2")],
        }
    }

    /// What must be there after an installation: `name==version`, or `name` for any version.
    pub(super) fn wanted(&self) -> [String; 2] {
        let ministack = match self {
            Self::Locked => locked("ministack"),
            Self::Wheel { .. } => "ministack".to_owned(),
        };
        [ministack, locked("cbor2")]
    }

    /// For messages.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Locked => locked("ministack"),
            Self::Wheel { path, .. } => path.to_string(),
        }
    }
}

/// `name==version` as it is in the lock.
fn locked(name: &str) -> String {
    let pins = LOCK.lines().filter_map(|line| line.split_whitespace().next());
    let mut pins =
        pins.filter(|pin| pin.strip_prefix(name).is_some_and(|remainder| remainder.starts_with("==")));
    pins.next().unwrap_or(name).to_owned()
}

/// SHA-256 in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::MINISTACK_VERSION;
    use super::*;

    #[test]
    fn the_lock_has_the_version_that_pipectl_names_and_those_it_was_made_of() {
        assert_eq!(locked("ministack"), format!("ministack=={MINISTACK_VERSION}"));
        let asked = include_str!("requirements.in").lines().filter(|line| !line.starts_with('#'));
        let asked: Vec<_> = asked.collect();
        assert_eq!(asked, [locked("ministack"), locked("cbor2")]);
    }

    #[test]
    fn every_package_of_the_lock_has_a_hash() {
        let lines: Vec<_> = LOCK.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        let is_hash = |line: &str| line.starts_with("    --hash=sha256:");
        assert!(lines.len() > 40);
        for pair in lines.windows(2) {
            // A package is followed by its first hash, and only the last hash of a package ends its list.
            assert_eq!(pair[0].ends_with('\\'), is_hash(pair[1]), "{pair:?}");
            assert!(is_hash(pair[0]) || pair[0].contains("=="), "{pair:?}");
        }
        assert!(lines.last().is_some_and(|line| is_hash(line) && !line.ends_with('\\')));
    }

    #[test]
    fn a_named_wheel_has_a_stamp_of_its_own_and_dependencies_of_any_version() {
        let wheel = |sha256: &str| Packages::Wheel { path: "/w/ministack.whl".into(), sha256: sha256.into() };
        let stamps = [Packages::Locked.stamp(), wheel("1").stamp(), wheel("2").stamp()];
        assert!(stamps[0] != stamps[1] && stamps[1] != stamps[2] && stamps[2] != stamps[0]);
        assert_eq!(Packages::Locked.arguments("/c/lock".into()), ["--require-hashes", "-r", "/c/lock"]);
        assert_eq!(wheel("1").arguments("/c/lock".into()), ["/w/ministack.whl", &locked("cbor2")]);
        assert_eq!(wheel("1").wanted()[0], "ministack");
    }
}
