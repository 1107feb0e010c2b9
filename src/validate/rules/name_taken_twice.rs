use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{NamedResource, Spec};

/// two resources of one service cannot share a name; a queue that is its own dead-letter queue loses messages.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let mut named = spec.named_resources();
    // Rules of one pipeline are compared where they are named.
    named.retain(|resource| resource.within.is_none());
    let mut found = Vec::new();
    for (index, resource) in named.iter().enumerate() {
        let same = |earlier: &&NamedResource| earlier.is_same(resource);
        if let Some(other) = named[..index].iter().find(same) {
            found.push(twice(resource, other, tree));
        }
    }
    found
}

/// At the written field; the other name may be derived from `name` and `environment`.
fn twice(resource: &NamedResource, other: &NamedResource, tree: &SpecTree) -> Diagnostic {
    let paths = [resource, other].map(|one| one.field.map(|field| format!("/names/{field}")));
    let in_spec: Vec<&String> = paths.iter().flatten().filter(|path| tree.has(path)).collect();
    let mut diagnostic = Diagnostic::error(
        codes::SPEC_NAME_TAKEN_TWICE,
        format!("two {} of the pipeline would be called `{}`", resource.kind.nouns, resource.name),
    )
    .help("give one of them another name, or leave it out");
    if let Some(first) = in_spec.first() {
        diagnostic = diagnostic.at(first.as_str(), tree.value_location(first));
    }
    if let Some(second) = in_spec.get(1) {
        diagnostic = diagnostic.related("the other", second.as_str(), tree.value_location(second));
    }
    diagnostic
}
