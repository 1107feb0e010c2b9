use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{CANARY_ALARMS, Rollout, Spec};

/// A canary that no alarm watches is only a slower rollout.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Rollout::Canary(_) = &spec.deploy.rollout else { return Vec::new() };
    if CANARY_ALARMS.iter().any(|alarm| spec.switches_on(alarm)) {
        return Vec::new();
    }
    let message = "no alarm watches the canary: `processor_errors`, `processor_throttles`, `dead_letters` and \
                   `conflicts` are off";
    let diagnostic = Diagnostic::error(codes::DEPLOY_CANARY_UNWATCHED, message)
        .help("remove `alarms.processor_errors` to switch it on, or write `rollout: all_at_once`");
    let fields = [("/deploy/rollout/canary", ""), ("/alarms/processor_errors", "switched off")];
    vec![at_fields(diagnostic, tree, &fields)]
}
