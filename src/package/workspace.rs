//! The processor's sources, and whether they are those of the embedded processors.

use std::env;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use super::embedded::clone;
use super::listing::{DEPTH, ENDINGS, PACKAGE, listing, package_name};
use crate::input::{self, Origin, Refusal};

/// Most bytes of a manifest, a lock file or a source.
const LARGEST: u64 = 16 * 1024 * 1024;

/// pipectl's own workspace: the current folder, one above, or the clone in which this pipectl was built. A folder named
/// `processor` in another project contains someone else's code, which a build would run.
#[must_use]
pub fn workspace() -> Option<Utf8PathBuf> {
    let here = env::current_dir().ok().and_then(|dir| Utf8PathBuf::from_path_buf(dir).ok());
    let above = here.iter().flat_map(|dir| dir.ancestors());
    above.chain(clone().map(Utf8Path::new)).find(|folder| is_own(folder)).map(Utf8Path::to_owned)
}

/// Whether a folder is a workspace of pipectl with its processor.
fn is_own(folder: &Utf8Path) -> bool {
    let is = |manifest: &str, package: &str| {
        let text = input::text(folder.join(manifest), Origin::Own, LARGEST);
        text.is_ok_and(|text| package_name(&text) == Some(package))
    };
    is("Cargo.toml", env!("CARGO_PKG_NAME")) && is("processor/Cargo.toml", PACKAGE)
}

/// SHA-256 of the sources of a workspace's processor; `None` without sources.
///
/// # Errors
/// One of the files cannot be read.
pub fn source_hash(workspace: &Utf8Path) -> Result<String, Refusal> {
    let names = |folder: &str| Ok(input::browse(&workspace.join(folder), Origin::Own, &ENDINGS, DEPTH));
    let text = listing(names, |path| input::read(workspace.join(path), Origin::Own, LARGEST))?;
    Ok(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    #[test]
    fn a_folder_called_processor_is_not_yet_pipectls() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir(folder.join("processor")).unwrap();
        let has = |root: &str, member: &str| {
            let manifest = |name: &str| format!("[package]\nname = \"{name}\"\n");
            fs::write(folder.join("Cargo.toml"), manifest(root)).unwrap();
            fs::write(folder.join("processor/Cargo.toml"), manifest(member)).unwrap();
            is_own(folder)
        };
        assert!(!has("shop", "processor") && !has("pipectl", "processor") && !has("shop", PACKAGE));
        assert!(has("pipectl", PACKAGE));
        assert!(source_hash(folder).is_err(), "it has no lock file");
        assert!(is_own(Utf8Path::new(env!("CARGO_MANIFEST_DIR"))));
    }
}
