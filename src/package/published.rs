//! The processor from the registry, for a pipectl that embeds none and has no sources: the package of exactly its own
//! version, built once into the cache.

use std::io;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::source::published;

/// The profile of pipectl's own workspace, which a published package does not have.
const PROFILE: [(&str, &str); 3] = [("LTO", "thin"), ("CODEGEN_UNITS", "4"), ("STRIP", "true")];

/// Where the package is built, and the path of its program.
pub(super) struct Install {
    root: Utf8PathBuf,
}

impl Install {
    /// `foreign`: the target, if it is not this machine.
    pub(super) fn new(cache: &Utf8Path, foreign: Option<&str>) -> Self {
        let versioned = cache.join("processor").join(env!("CARGO_PKG_VERSION"));
        Self { root: versioned.join(foreign.unwrap_or("native")) }
    }

    /// Exists once the build is complete: cargo moves it here at the end.
    pub(super) fn program(&self) -> Utf8PathBuf {
        self.root.join("bin/bootstrap")
    }

    fn target(&self) -> Utf8PathBuf {
        self.root.join("target")
    }

    /// Completes a `cargo install`. It runs in the cache, because toolchain files in the current folder may be someone
    /// else's.
    ///
    /// # Errors
    /// The folder cannot be created.
    pub(super) fn command(&self, mut command: Command) -> io::Result<Command> {
        fs_err::create_dir_all(&self.root)?;
        command.args(["--locked", "--bin", "bootstrap", "--root", self.root.as_str()]);
        command.args(["--target-dir", self.target().as_str(), "--force", &published()]);
        command.envs(PROFILE.map(|(name, value)| (format!("CARGO_PROFILE_RELEASE_{name}"), value)));
        command.current_dir(&self.root);
        Ok(command)
    }

    /// Deletes the intermediate files, a few hundred megabytes, which are no longer needed. They are retained after an
    /// interrupted build, so that the next one continues from there.
    pub(super) fn tidy(&self) {
        let _left_over = fs_err::remove_dir_all(self.target());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_and_target_has_a_folder_and_only_its_own_package() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Utf8Path::from_path(folder.path()).unwrap();
        let (native, arm) =
            (Install::new(cache, None), Install::new(cache, Some("aarch64-unknown-linux-gnu")));
        assert_ne!(native.program(), arm.program());
        let command = arm.command(Command::new("cargo")).unwrap();
        assert_eq!(command.get_current_dir(), Some(arm.root.as_std_path()));
        let wanted = format!("pipectl-processor@{}", env!("CARGO_PKG_VERSION"));
        assert_eq!(command.get_args().last(), Some(wanted.as_ref()));
    }

    #[test]
    fn its_profile_is_that_of_the_workspace() {
        let manifest = include_str!("../../Cargo.toml");
        let profile = manifest.split("[profile.release]\n").nth(1).unwrap();
        for (name, value) in PROFILE {
            let line = |line: &str| {
                line.split_once(" = ").is_some_and(|(key, set)| {
                    key.replace('-', "_").eq_ignore_ascii_case(name) && set.trim_matches('"') == value
                })
            };
            assert!(profile.lines().any(line), "{name} = {value} in {profile}");
        }
    }
}
