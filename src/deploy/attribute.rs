//! Joins each change of a plan with the line of the spec that causes it.

use super::settled::settled;
use crate::local::localize;
use crate::plan::{Content, Fields, Line, Plan};
use crate::render::hypothetical;
use crate::sandbox::Process;
use crate::spec::Spec;
use crate::validate::CheckedSpec;

/// Adds to each change of a plan the line of the spec that causes it.
pub(super) fn attribute(
    plan: &mut Plan,
    deployed: &Content,
    desired: &Content,
    checked: &CheckedSpec,
    local: bool,
) {
    let location = |pointer: &str| {
        let location = checked.location(pointer)?;
        let file = checked.sources().get(location.file.0)?.path.to_string();
        Some(Line { file, line: location.span.start.line })
    };
    let expand = |spec: &Spec| {
        let settled = settled(spec, &deployed.template);
        let template = hypothetical(settled.as_ref().unwrap_or(spec), checked, &Process)?;
        if local { localize(&template).ok().map(|(template, _)| template) } else { Some(template) }
    };
    let own_templates = !checked.stack_files().is_empty();
    let fields = Fields { spec: checked.spec(), location: &location, expand: &expand, own_templates };
    plan.attribute(deployed, desired, &fields);
}
