use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{SortKeyFormat, Spec};
use crate::validate::former;

const POINTER: &str = "/event/sort_key_format";

/// `sort_key_format` of former versions is now `format` under `sort_key`.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let Some(format) = spec.event.sort_key_format else { return Vec::new() };
    let name = spec.event.sort_key.attribute();
    let help = match format {
        SortKeyFormat::Text => {
            format!("write `sort_key: {{attribute: {name}, from: $.detail.{name}, format: text}}` instead")
        }
        SortKeyFormat::Timestamp => {
            "remove it: a sort key is a timestamp unless it says otherwise".to_owned()
        }
    };
    let message = "`sort_key_format` is now `format` under `sort_key`";
    let diagnostic = Diagnostic::warning(codes::EVENT_FORMER_FORMAT, message);
    vec![diagnostic.at(POINTER, tree.key_location(POINTER)).help(help).fix(former::fix(tree, &spec.event))]
}
