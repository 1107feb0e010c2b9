//! What links may point to. In a repository, a link is text that anyone can commit; its target is on the reviewer's
//! machine.

use std::path::{Component, Path, PathBuf};

use camino::Utf8Path;

use super::stream::is_descriptor;
use super::{DATA, Fault, Origin, Refusal};

/// What is expected at the end of a path. Endings are those of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

/// Whether the real target of a path may be read.
pub(super) fn check(path: &Path, origin: Origin<'_>, kind: Kind) -> Result<(), Refusal> {
    if matches!(origin, Origin::Own | Origin::Private) || origin == Origin::Named && is_descriptor(path) {
        return Ok(());
    }
    let real = real(path)?;
    let trusted = Trusted::of(path)?;
    let linked = trusted.leads_elsewhere(&real);
    let refused = |fault| if linked { Refusal::link(&real, fault) } else { Refusal::Location(fault) };
    let of_a_spec = match origin {
        Origin::Within { folder, endings } => {
            below(&real, &self::real(folder_of(folder))?, Fault::OutsideOfFolder).map_err(refused)?;
            Some(endings)
        }
        Origin::Repository { folder, endings } => {
            below(&real, &self::real(root_of(folder)?)?, Fault::Outside).map_err(refused)?;
            Some(endings)
        }
        _ => None,
    };
    if let Some(endings) = of_a_spec {
        ending(&real, endings, kind).map_err(refused)?;
    }
    if linked {
        trusted.check(&real).map_err(refused)?;
        if of_a_spec.is_none() {
            ending(&real, DATA, kind).map_err(refused)?;
        }
    }
    Ok(())
}

/// Whether a spec may name this path, by its text only: a path elsewhere is not looked up.
pub(super) fn check_name(path: &Path, origin: Origin<'_>) -> Result<(), Refusal> {
    let Origin::Repository { folder, .. } = origin else { return Ok(()) };
    let absolute = std::path::absolute(path).map_err(|error| Refusal::of(&error))?;
    below(&without_dots(&absolute), &root_of(folder)?, Fault::Outside).map_err(Refusal::Location)
}

/// The repository that contains a folder, else the folder; without resolving links, and without dots.
fn root_of(folder: &Utf8Path) -> Result<PathBuf, Refusal> {
    let absolute = std::path::absolute(folder_of(folder)).map_err(|error| Refusal::of(&error))?;
    let folder = without_dots(&absolute);
    Ok(repository(&folder, std::env::current_dir().ok().as_deref()).unwrap_or(folder))
}

/// The part of a path that somebody else may have written. Links above it are the user's own; links below it are
/// restricted.
struct Trusted {
    /// The path from here on if it had no links.
    expected: PathBuf,
    /// The repository that contains the path, links resolved; `None` if there is none.
    repository: Option<PathBuf>,
    /// The folder of the file, links resolved.
    folder: PathBuf,
    /// Links resolved: the repository, else the current folder if it contains the path, else the folder of the file.
    start: PathBuf,
}

impl Trusted {
    fn of(path: &Path) -> Result<Self, Refusal> {
        let absolute = without_dots(&std::path::absolute(path).map_err(|error| Refusal::of(&error))?);
        let folder = absolute.parent().unwrap_or(Path::new("/"));
        let current = std::env::current_dir().ok();
        let repository = repository(folder, current.as_deref());
        let inside = current.filter(|current| folder.starts_with(current));
        let start = repository.clone().or(inside).unwrap_or_else(|| folder.to_owned());
        let real_start = real(&start)?;
        let remainder = absolute.strip_prefix(&start).unwrap_or(Path::new(""));
        Ok(Self {
            expected: real_start.join(remainder),
            repository: repository.map(|_| real_start.clone()),
            folder: real(path.parent().map_or(Path::new("."), folder_of))?,
            start: real_start,
        })
    }

    fn leads_elsewhere(&self, real: &Path) -> bool {
        self.expected != real
    }

    fn check(&self, real: &Path) -> Result<(), Fault> {
        match &self.repository {
            Some(repository) => below(real, repository, Fault::Outside),
            // Without a repository, the folder is the boundary, and links must not lead out of it.
            None => below(&self.folder, &self.start, Fault::Outside)
                .and_then(|()| below(real, &self.folder, Fault::Outside)),
        }
    }
}

/// The innermost repository that contains a folder. A link within a repository, or below the current folder, is not
/// followed into another one: otherwise the link would choose the boundary.
fn repository(folder: &Path, current: Option<&Path>) -> Option<PathBuf> {
    let mut found = None;
    let mut outermost_first: Vec<&Path> = folder.ancestors().collect();
    outermost_first.reverse();
    for ancestor in outermost_first {
        let below = current.is_some_and(|current| ancestor != current && ancestor.starts_with(current));
        if (found.is_some() || below) && ancestor.is_symlink() {
            break;
        }
        if ancestor.join(".git").symlink_metadata().is_ok() {
            found = Some(ancestor.to_owned());
        }
    }
    found
}

/// Whether the path is below the folder, without hidden names.
fn below(path: &Path, folder: &Path, outside: Fault) -> Result<(), Fault> {
    let remainder = path.strip_prefix(folder).map_err(|_| outside)?;
    let hidden = remainder.iter().any(|name| name.as_encoded_bytes().starts_with(b"."));
    if hidden { Err(Fault::Hidden) } else { Ok(()) }
}

fn ending(path: &Path, endings: &[&str], kind: Kind) -> Result<(), Fault> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    if kind == Kind::Folder || endings.iter().any(|ending| name.ends_with(ending.as_bytes())) {
        return Ok(());
    }
    let quoted: Vec<String> = endings.iter().map(|ending| format!("`{ending}`")).collect();
    let listed = match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        all => all.concat(),
    };
    Err(Fault::Ending(listed))
}

/// The path with links resolved. Names need not be UTF-8.
fn real(path: impl AsRef<Path>) -> Result<PathBuf, Refusal> {
    fs_err::canonicalize(path.as_ref()).map_err(|error| Refusal::of(&error))
}

/// The empty path is the current folder.
fn folder_of<P: AsRef<Path> + ?Sized>(path: &P) -> &Path {
    let path = path.as_ref();
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// `a/../b` as `b`, as if `a` were not a link.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            component => plain.push(component),
        }
    }
    plain
}
