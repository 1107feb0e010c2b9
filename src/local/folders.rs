//! Where cache and state are.

use std::ffi::OsString;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::{LocalError, MINISTACK_VERSION};

/// The folders of the local cloud. The virtual environment is in the cache, and all state folders of a user share it;
/// one state folder is one local cloud.
#[derive(Debug, Clone)]
pub struct Folders {
    cache: Utf8PathBuf,
    local: Utf8PathBuf,
}

impl Folders {
    /// `PIPECTL_CACHE_DIR`, else `XDG_CACHE_HOME/pipectl`, else `HOME/.cache/pipectl`; the state in
    /// `PIPECTL_LOCAL_DIR`, else in `local` within the cache.
    ///
    /// # Errors
    /// The environment sets no home, or a folder that is not text.
    pub fn from_environment() -> Result<Self, LocalError> {
        Self::resolve(|variable| std::env::var_os(variable))
    }

    /// As [`Folders::from_environment`], from any set of variables.
    ///
    /// # Errors
    /// The same.
    pub fn resolve(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, LocalError> {
        let folder = |name: &str| -> Result<Option<Utf8PathBuf>, LocalError> {
            // An empty variable counts as unset, by the XDG specification.
            let Some(value) = variable(name).filter(|value| !value.is_empty()) else { return Ok(None) };
            let text =
                value.into_string().map_err(|_| LocalError::NotUnicode { variable: name.to_owned() })?;
            camino::absolute_utf8(&text).map(Some).map_err(|source| refused(text.as_ref(), source))
        };
        let cache = if let Some(cache) = folder("PIPECTL_CACHE_DIR")? {
            cache
        } else if let Some(caches) = folder("XDG_CACHE_HOME")? {
            caches.join("pipectl")
        } else {
            folder("HOME")?.ok_or(LocalError::NoHome)?.join(".cache").join("pipectl")
        };
        let local = folder("PIPECTL_LOCAL_DIR")?.unwrap_or_else(|| cache.join("local"));
        Ok(Self { cache, local })
    }

    #[must_use]
    pub fn new(cache: impl Into<Utf8PathBuf>, local: impl Into<Utf8PathBuf>) -> Self {
        Self { cache: cache.into(), local: local.into() }
    }

    /// The state folder of one local cloud.
    #[must_use]
    pub fn local(&self) -> &Utf8Path {
        &self.local
    }

    /// The folder for what can be created again.
    #[must_use]
    pub fn cache(&self) -> &Utf8Path {
        &self.cache
    }

    /// Whether the virtual environment exists and is complete.
    #[must_use]
    pub fn are_installed(&self) -> bool {
        self.stamp().is_file()
    }

    pub(super) fn environment(&self) -> Utf8PathBuf {
        self.cache.join(format!("ministack-{MINISTACK_VERSION}"))
    }

    pub(super) fn python(&self) -> Utf8PathBuf {
        self.environment().join("bin").join("python")
    }

    /// Written last, so an environment without it is incomplete.
    pub(super) fn stamp(&self) -> Utf8PathBuf {
        self.environment().join(".pipectl-complete")
    }

    pub(super) fn install_lock(&self) -> Utf8PathBuf {
        self.cache.join(format!("ministack-{MINISTACK_VERSION}.lock"))
    }

    pub(super) fn services(&self) -> Utf8PathBuf {
        self.local.join("state")
    }

    /// Where the local cloud saves until the state is complete.
    pub(super) fn new_services(&self) -> Utf8PathBuf {
        self.local.join("state.new")
    }

    /// The former state, while it is being replaced.
    pub(super) fn former_services(&self) -> Utf8PathBuf {
        self.local.join("state.former")
    }

    /// Where the process reports why it cannot save.
    pub(super) fn trouble(&self) -> Utf8PathBuf {
        self.local.join("not-saved.json")
    }

    /// Every folder that pipectl or the local cloud creates here.
    pub(super) fn made_here(&self) -> [Utf8PathBuf; 6] {
        [
            self.services(),
            self.new_services(),
            self.former_services(),
            self.objects(),
            self.scratch(),
            self.home(),
        ]
    }

    /// The list of the folders that it created.
    pub(super) fn made(&self) -> Utf8PathBuf {
        self.local.join("made.json")
    }

    pub(super) fn objects(&self) -> Utf8PathBuf {
        self.local.join("s3")
    }

    pub(super) fn scratch(&self) -> Utf8PathBuf {
        self.local.join("tmp")
    }

    pub(super) fn home(&self) -> Utf8PathBuf {
        self.local.join("home")
    }

    pub(super) fn record(&self) -> Utf8PathBuf {
        self.local.join("local.json")
    }

    pub(super) fn lock(&self) -> Utf8PathBuf {
        self.local.join("local.lock")
    }

    /// Held by the process as long as it runs.
    pub(super) fn running_lock(&self) -> Utf8PathBuf {
        self.local.join("running.lock")
    }

    pub(super) fn log(&self) -> Utf8PathBuf {
        self.local.join("ministack.log")
    }

    pub(super) fn previous_log(&self) -> Utf8PathBuf {
        self.local.join("ministack.previous.log")
    }
}

/// Creates a folder with all its parents, readable by its owner only: it holds the user's events.
pub(super) fn make_private(folder: &Utf8Path) -> Result<(), LocalError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| refused(folder, source))
}

pub(super) fn remove(folder: &Utf8Path) -> Result<(), LocalError> {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(refused(folder, source)),
    }
}

pub(super) fn refused(folder: &Utf8Path, source: io::Error) -> LocalError {
    LocalError::Folder { folder: folder.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(variables: &[(&str, &str)]) -> Result<Folders, LocalError> {
        Folders::resolve(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn the_nearest_variable_wins() {
        let home = ("HOME", "/home/ada");
        assert_eq!(resolve(&[home]).unwrap().local(), "/home/ada/.cache/pipectl/local");
        assert_eq!(resolve(&[home, ("XDG_CACHE_HOME", "/c")]).unwrap().local(), "/c/pipectl/local");
        assert_eq!(
            resolve(&[home, ("XDG_CACHE_HOME", "")]).unwrap().local(),
            "/home/ada/.cache/pipectl/local"
        );
        let both = resolve(&[("PIPECTL_CACHE_DIR", "/p"), ("PIPECTL_LOCAL_DIR", "/state")]).unwrap();
        assert_eq!(both.local(), "/state");
        assert_eq!(both.environment(), "/p/ministack-1.5.33");
    }

    #[test]
    fn without_home_the_error_names_the_fix() {
        let error = resolve(&[]).unwrap_err();
        assert!(matches!(error, LocalError::NoHome));
        assert!(error.help().contains("PIPECTL_CACHE_DIR"));
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below = Utf8Path::from_path(file.path()).unwrap().join("x");
        let error = make_private(&below).unwrap_err();
        assert!(error.to_string().starts_with(&format!("cannot use the folder `{below}`")), "{error}");
    }
}
