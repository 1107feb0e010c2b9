//! Embeds prebuilt processors in a release of pipectl: those in the folder that `PIPECTL_EMBED` names, which only
//! `.ci/release` sets. Without it nothing is embedded, and this script does not run again.
//!
//! The folder has a zip for each architecture, the third-party notices, and `sources`: the files that the zips were built
//! from, which must match this checkout. Started by hand with an argument, this program writes the checkout's `sources`
//! to that file.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "src/package/listing.rs"]
#[expect(dead_code, reason = "pipectl uses the rest of it")]
mod listing;

const FOLDER: &str = "PIPECTL_EMBED";
/// The files that are embedded if present, by the names that `src/package/embedded.rs` looks for.
const PROCESSORS: [&str; 3] = ["x86_64", "arm64", "native"];

fn main() -> io::Result<()> {
    if let Some(file) = env::args_os().nth(1) {
        return fs::write(file, sources(Path::new("."))?);
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/package/listing.rs");
    println!("cargo::rerun-if-env-changed={FOLDER}");
    let text = match env::var_os(FOLDER).filter(|folder| !folder.is_empty()) {
        Some(folder) => embedded(&PathBuf::from(folder))?,
        None => declared("", "", "None", "Some(env!(\"CARGO_MANIFEST_DIR\"))"),
    };
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("embedded.rs"), text)
}

/// The generated source that names the embedded files.
fn embedded(folder: &Path) -> io::Result<String> {
    let folder = folder.canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    for part in ["processor", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
    }
    if fs::read(folder.join("sources"))? != sources(&root)? {
        let reason =
            format!("the processors in {} were built from other sources: run .ci/release", folder.display());
        return Err(io::Error::other(reason));
    }
    let hash = fs::read_to_string(folder.join("sources.sha256"))?;
    let bytes = |name: &str| {
        let path = folder.join(format!("{name}.zip"));
        path.is_file().then(|| format!("include_bytes!({:?})", path.display().to_string()))
    };
    let processors: String =
        PROCESSORS.iter().filter_map(|name| Some(format!("({name:?}, {}), ", bytes(name)?))).collect();
    let notices = bytes("notices").map_or_else(|| "None".to_owned(), |bytes| format!("Some({bytes})"));
    Ok(declared(&processors, hash.trim(), &notices, "None"))
}

fn declared(processors: &str, hash: &str, notices: &str, clone: &str) -> String {
    format!(
        "const PROCESSORS: &[(&str, &[u8])] = &[{processors}];\n\
         const SOURCES: &str = {hash:?};\n\
         const NOTICES: Option<&[u8]> = {notices};\n\
         const CLONE: Option<&str> = {clone};\n"
    )
}

fn sources(root: &Path) -> io::Result<Vec<u8>> {
    let names = |folder: &str| {
        let mut found = Vec::new();
        collect(&root.join(folder), "", listing::DEPTH, &mut found).map(|()| found)
    };
    listing::listing(names, |path| fs::read(root.join(path)))
}

/// The files below a folder, by their relative paths, without hidden files and links.
fn collect(folder: &Path, below: &str, depth: usize, found: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        let kind = entry.file_type()?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            collect(&entry.path(), &format!("{name}/"), depth - 1, found)?;
        } else if kind.is_file() && listing::ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            found.push(name);
        }
    }
    Ok(())
}
