//! Rules under `deploy.extra` whose events no queue of the stack accepts.

use serde_json::Value;

use super::contract;
use super::extra::location;
use super::filled::Filled;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::StackFiles;
use crate::spec::Spec;

/// Rules under `deploy.extra` whose events no queue of the stack accepts, each at its target.
pub(super) fn shut_out(template: &Value, spec: &Spec, files: &StackFiles) -> Vec<Diagnostic> {
    if files.extra.is_empty() {
        return Vec::new();
    }
    let found = contract::shut_out(&Filled::of(template), spec).into_iter();
    // The policy of a queue in a custom template is beside it.
    found
        .filter_map(|(pointer, message)| {
            let help = "write the pattern under `bus.rules`, which allows it; or copy the policy (`pipectl eject queue`) and add the \
                        rule's ARN to `aws:SourceArn`";
            let location = location(files, &pointer)?;
            Some(Diagnostic::warning(codes::RENDER_SHUT_OUT, message).at("", location).help(help))
        })
        .collect()
}
