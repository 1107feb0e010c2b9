//! What `doctor` looks at: a spec, the target and the machine.

use camino::Utf8Path;

use crate::deploy::Target;
use crate::spec::Spec;

/// What is checked, and from where.
pub struct Subject<'a> {
    pub target: Target,
    pub is_local: bool,
    /// The spec and its file; `None`: only checks that need no spec.
    pub spec: Option<&'a Spec>,
    pub path: Option<&'a Utf8Path>,
    /// The terminal's width; `None`: there is none to ask at.
    pub columns: Option<usize>,
}
