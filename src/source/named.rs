//! The fields of a spec that name files, and which files an editor offers there.

use camino::{Utf8Path, Utf8PathBuf};
use processor::pointer::unescaped;

use super::inside::{folder, inside, within};
use crate::input::{self, DATA, Origin};

/// Folders above a spec that are searched for bases.
const ABOVE: usize = 4;
/// Folders below a spec that are searched.
const BELOW: usize = 4;

/// The kind of file that a field of a spec names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A spec that it extends.
    Base,
    /// A sample, or the event of a test.
    Event,
    /// The schema of the detail.
    Schema,
    /// Custom resources.
    Resources,
}

impl Named {
    /// The kind of file that the value with this JSON pointer names; `None` if it names no file.
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

    /// The rules for reading a file that is named so.
    fn origin(self, spec: &Utf8Path) -> Origin<'_> {
        match self {
            Self::Base => Origin::Repository { folder: folder(spec), endings: DATA },
            Self::Event | Self::Resources => within(spec, DATA),
            Self::Schema => within(spec, &[".json"]),
        }
    }

    /// The usual extensions of such files.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Resources => DATA,
            // JSON files beside a spec are events.
            Self::Base => &[".yaml", ".yml"],
            // An event must be JSON, not YAML.
            Self::Event | Self::Schema => &[".json"],
        }
    }

    /// The files that the spec may name, in the form it would use.
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

    /// The file that a name in the spec refers to, if it may be read.
    #[must_use]
    pub fn file(self, spec: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
        let path = match self {
            Self::Base => folder(spec).join(name),
            Self::Event | Self::Schema | Self::Resources => inside(spec, name).ok()?,
        };
        input::may_be_read(&path, self.origin(spec)).then_some(path)
    }
}
