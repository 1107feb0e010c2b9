//! `pipectl:` in a spec: may this version read it?

use semver::{Prerelease, Version, VersionReq};
use serde_json::Value;

use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;

/// The version of this pipectl.
const PIPECTL: &str = env!("CARGO_PKG_VERSION");

const POINTER: &str = "/pipectl";

/// Why this pipectl may not read the spec. The schema reports an invalid requirement.
pub(super) fn requirement(tree: &SpecTree, required: &Value) -> Option<Diagnostic> {
    let required = required.as_str()?;
    if allows(required, PIPECTL)? {
        return None;
    }
    let message = format!("the spec is for pipectl {required}, and this is pipectl {PIPECTL}");
    let diagnostic = Diagnostic::error(codes::SPEC_OTHER_PIPECTL, message)
        .at(POINTER, tree.value_location(POINTER))
        .help("install such a version, or change `pipectl` if this version is suitable");
    Some(diagnostic)
}

/// A version before its release counts as the release: a user who tries it expects it to read the same specs.
fn allows(required: &str, version: &str) -> Option<bool> {
    let required = VersionReq::parse(required).ok()?;
    let mut version = Version::parse(version).ok()?;
    version.pre = Prerelease::EMPTY;
    Some(required.matches(&version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_cargos_and_a_candidate_counts_as_its_release() {
        let table = [
            (">=0.3", "0.3.0", true),
            (">=0.3", "0.2.9", false),
            (">=0.3, <0.5", "0.5.0", false),
            ("0.3", "0.3.7", true),
            ("0.3", "0.4.0", false),
            ("^0.3.1", "0.3.0", false),
            ("~1", "1.9.0", true),
            (">=0.3", "0.3.0-rc.1", true),
        ];
        for (required, version, allowed) in table {
            assert_eq!(allows(required, version), Some(allowed), "{required} {version}");
        }
        assert_eq!(allows("newest", "0.3.0"), None);
    }
}
