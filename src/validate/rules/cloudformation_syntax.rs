use processor::pointer::below;
use serde_json::Value;

use crate::diagnostic::{Diagnostic, Location, codes};
use crate::source::{Content, Node, SpecTree};
use crate::spec::Spec;

/// T-1 to T-3: text that CloudFormation would interpret. A dynamic reference puts a secret into names, tags and logs; a
/// map such as `{Ref: X}` becomes another value than was reviewed.
pub(super) fn check(_: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    walk(tree.root(), "", &mut found);
    found
}

fn walk(node: &Node, path: &str, found: &mut Vec<Diagnostic>) {
    match &node.content {
        Content::Scalar(Value::String(text)) => found.extend(in_text(text, path, node.location)),
        Content::Scalar(_) => {}
        Content::List(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                walk(node, &format!("{path}/{index}"), found);
            }
        }
        Content::Map(entries) => {
            for entry in entries {
                let path = below(path, &entry.key);
                found.extend(in_text(&entry.key, &path, entry.key_location));
                if is_intrinsic(&entry.key) {
                    let message = format!(
                        "the key `{}` is a CloudFormation function, which would be evaluated",
                        entry.key
                    );
                    found.push(
                        Diagnostic::error(codes::SPEC_CLOUDFORMATION_SYNTAX, message)
                            .at(&path, entry.key_location)
                            .help("remove it: a spec contains only plain values"),
                    );
                }
                walk(&entry.node, &path, found);
            }
        }
    }
}

fn in_text(text: &str, path: &str, location: Location) -> Option<Diagnostic> {
    let plain: String = text.to_lowercase().chars().filter(|character| !character.is_whitespace()).collect();
    let (what, consequence) = if plain.contains("{{resolve:") {
        ("a dynamic reference (`{{resolve:…}}`)", "CloudFormation would replace it by the secret's value")
    } else if plain.contains("${") {
        ("a substitution (`${…}`)", "CloudFormation could replace it by a variable")
    } else {
        return None;
    };
    let diagnostic = Diagnostic::error(
        codes::SPEC_CLOUDFORMATION_SYNTAX,
        format!("the string contains {what}: {consequence}"),
    );
    Some(
        diagnostic
            .at(path, location)
            .help("write a plain value; a spec contains no secrets and no variables"),
    )
}

/// The keys that CloudFormation interprets in a map of one entry.
fn is_intrinsic(key: &str) -> bool {
    key == "Ref" || key == "Condition" || key.starts_with("Fn::")
}
