use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::input::{self, Origin, Refusal};

/// Specs that are looked for in one folder: each may have a megabyte, and all are kept.
const SPECS: usize = 1000;

/// Every `specs/*.yaml`, for a command that was given no spec.
pub(super) fn all_specs(verb: &str) -> Result<Vec<Utf8PathBuf>, Failure> {
    let folder = Utf8Path::new("specs");
    let none = |reason: &str, help: &str| {
        let message = format!("no spec to check: {reason}");
        Failure::new(Exit::InvalidSpec, Diagnostic::error(codes::SOURCE_UNREADABLE, message).help(help))
    };
    let help = &format!("name one: `pipectl {verb} path/to/spec.yaml`, or begin with `pipectl init`");
    let names = input::list(folder, Origin::Found, ".yaml", SPECS).map_err(|refusal| match refusal {
        Refusal::Missing => none("there is no folder `specs`", help),
        other => none(&format!("the folder `specs` cannot be used: {other}"), other.help()),
    })?;
    match names.as_slice() {
        [] => Err(none("the folder `specs` has no `.yaml` files", help)),
        names => Ok(names.iter().map(|name| folder.join(name)).collect()),
    }
}
