//! The sources of the processor, as one text. Its SHA-256 is the source hash that `pipectl version` shows.
//!
//! Three programs compile this file: pipectl, which compares a checkout with the embedded processor; the build script,
//! which embeds a processor only if it matches the checkout; and `.ci/release`, through the build script. So it uses only
//! the standard library, and its callers read the files.

use std::collections::BTreeSet;

/// Folders of sources, below the workspace.
const FOLDERS: [&str; 2] = ["processor/src", "processor/roots"];
/// The extensions of the files that count.
pub(crate) const ENDINGS: [&str; 2] = [".rs", ".pem"];
/// Most levels of folders.
pub(crate) const DEPTH: usize = 6;
/// The package, its dependencies and its build profile.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "processor/Cargo.toml"];
const LOCK: &str = "Cargo.lock";
/// The processor's package.
pub(crate) const PACKAGE: &str = "pipectl-processor";

/// Each source with its name, each manifest, and the entries of the lock file that the processor depends on. `names`: the
/// files below a folder, with relative paths; `read`: the content of a file.
pub(crate) fn listing<E>(
    names: impl Fn(&str) -> Result<Vec<String>, E>,
    read: impl Fn(&str) -> Result<Vec<u8>, E>,
) -> Result<Vec<u8>, E> {
    let mut text = Vec::new();
    let mut add = |name: &str, content: &[u8]| {
        text.extend_from_slice(format!("{name} {}\n", content.len()).as_bytes());
        text.extend_from_slice(content);
    };
    for folder in FOLDERS {
        let mut below = names(folder)?;
        below.sort_unstable();
        for name in below {
            let path = format!("{folder}/{name}");
            add(&path, &read(&path)?);
        }
    }
    for name in MANIFESTS {
        add(name, &read(name)?);
    }
    add(LOCK, locked(&String::from_utf8_lossy(&read(LOCK)?)).as_bytes());
    Ok(text)
}

/// The packages of a lock file that the processor depends on, in order.
fn locked(lock: &str) -> String {
    let packages: Vec<&str> = lock.split("[[package]]\n").skip(1).collect();
    let mut found = BTreeSet::new();
    let mut open = vec![PACKAGE];
    while let Some(wanted) = open.pop() {
        // `name`, or `name version` if there are several versions.
        let mut words = wanted.split(' ');
        let (name, version) = (words.next(), words.next());
        for (at, package) in packages.iter().enumerate() {
            let is_wanted = field(package, "name") == name
                && version.is_none_or(|one| field(package, "version") == Some(one));
            if is_wanted && found.insert(at) {
                open.extend(package.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",")));
            }
        }
    }
    found.into_iter().filter_map(|at| packages.get(at).copied()).collect()
}

/// The value of `key = "value"` on a line of its own.
fn field<'a>(package: &'a str, key: &str) -> Option<&'a str> {
    package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

/// The name of the package that a manifest describes.
pub(crate) fn package_name(manifest: &str) -> Option<&str> {
    let package = manifest.split_once("[package]\n")?.1;
    field(package.split("\n[").next()?, "name")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKED: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
        [[package]]\nname = \"a\"\nversion = \"2.0.0\"\ndependencies = [\n \"b\",\n]\n\n\
        [[package]]\nname = \"b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"pipectl\"\nversion = \"0.1.0\"\n\
        dependencies = [\n \"a 1.0.0\",\n \"pipectl-processor\",\n]\n\n\
        [[package]]\nname = \"pipectl-processor\"\nversion = \"0.1.0\"\ndependencies = [\n \"a 2.0.0\",\n]\n";

    fn of(source: &str, lock: &str) -> Vec<u8> {
        let names = |folder: &str| -> Result<Vec<String>, ()> {
            Ok(if folder == "processor/src" { vec!["lib.rs".into(), "a.rs".into()] } else { Vec::new() })
        };
        let read = |path: &str| Ok(if path == LOCK { lock.into() } else { format!("{path}{source}").into() });
        listing(names, read).unwrap()
    }

    #[test]
    fn of_the_lock_file_only_what_the_processor_depends_on_counts() {
        let locked_part = locked(LOCKED);
        let names: Vec<_> =
            locked_part.lines().filter(|line| line.starts_with("name") || line.starts_with("ver")).collect();
        let wanted = ["a", "2.0.0", "b", "1.0.0", "pipectl-processor", "0.1.0"];
        assert_eq!(names.len(), wanted.len(), "{locked_part}");
        assert!(
            names.iter().zip(wanted).all(|(line, value)| line.ends_with(&format!("\"{value}\""))),
            "{locked_part}"
        );
    }

    #[test]
    fn a_listing_differs_where_the_processor_would() {
        let text = of("", LOCKED);
        assert_eq!(text, of("", &LOCKED.replace("\"a\"\nversion = \"1.0.0\"", "\"a\"\nversion = \"1.0.1\"")));
        assert_ne!(text, of("", &LOCKED.replace("2.0.0", "2.0.1")));
        assert_ne!(text, of(" ", LOCKED));
        assert!(text.starts_with(b"processor/src/a.rs 18\n"));
    }

    #[test]
    fn a_manifest_names_its_package() {
        let manifest = "[workspace]\nname = \"no\"\n\n[package]\ndescription = \"x\"\nname = \"pipectl\"\n\n[lib]\nname = \"no\"\n";
        assert_eq!(package_name(manifest), Some("pipectl"));
        assert_eq!(package_name("[package]\nversion = \"1\"\n[[bin]]\nname = \"no\"\n"), None);
        assert_eq!(package_name("[workspace]\n"), None);
    }
}
