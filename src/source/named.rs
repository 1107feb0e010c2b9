//! The fields of a spec that name files, and which files an editor offers there.

use camino::{Utf8Path, Utf8PathBuf};
use processor::pointer::unescaped;

use super::inside::{folder, inside, within};
use crate::input::{self, DATA, Origin};

/// Folders above a spec that are looked through for bases.
const ABOVE: usize = 4;
/// Folders below a spec that are looked through.
const BELOW: usize = 4;

/// What a field of a spec names a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A spec that it extends.
    Base,
    /// A sample, or the event of a test.
    Event,
    /// The schema of the detail.
    Schema,
    /// Resources of the user's own.
    Resources,
}

impl Named {
    /// What the value with this JSON pointer names; `None` where it names no file.
    #[must_use]
    pub fn by(pointer: &str) -> Option<Self> {
        let names: Vec<String> = pointer.split('/').skip(1).map(unescaped).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["extends"] => Some(Self::Base),
            ["bus", "samples", "match" | "ignore", _] | ["tests", _, "event"] => Some(Self::Event),
            ["bus", "rules", _, "samples", "match" | "ignore", _] => Some(Self::Event),
            ["event", "schema", "file"] => Some(Self::Schema),
            ["deploy", "extra", _] => Some(Self::Resources),
            _ => None,
        }
    }

    /// What it may be that a spec names so.
    fn origin(self, spec: &Utf8Path) -> Origin<'_> {
        match self {
            Self::Base => Origin::Repository { folder: folder(spec), endings: DATA },
            Self::Event | Self::Resources => within(spec, DATA),
            Self::Schema => within(spec, &[".json"]),
        }
    }

    /// What the names of such files end with, of those that it may be the likely ones.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Resources => DATA,
            // Files in JSON beside a spec are events.
            Self::Base => &[".yaml", ".yml"],
            // An event in YAML is none.
            Self::Event | Self::Schema => &[".json"],
        }
    }

    /// The files that the spec may name, as it would.
    #[must_use]
    pub fn candidates(self, spec: &Utf8Path) -> Vec<String> {
        let origin = self.origin(spec);
        let mut found = input::browse(folder(spec), origin, self.endings(), BELOW);
        if self == Self::Base {
            found.retain(|name| Some(name.as_str()) != spec.file_name());
            let mut above = "..".to_owned();
            for _ in 0..ABOVE {
                let files = input::browse(&folder(spec).join(&above), origin, self.endings(), 0);
                found.extend(files.into_iter().map(|name| format!("{above}/{name}")));
                above += "/..";
            }
        }
        found
    }

    /// The file that the spec means by a name, if it may be read.
    #[must_use]
    pub fn file(self, spec: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
        let path = match self {
            Self::Base => folder(spec).join(name),
            Self::Event | Self::Schema | Self::Resources => inside(spec, name).ok()?,
        };
        input::may_be_read(&path, self.origin(spec)).then_some(path)
    }
}
