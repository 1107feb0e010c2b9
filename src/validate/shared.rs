use super::CheckedSpec;
use crate::diagnostic::{Diagnostic, Related, codes};
use crate::spec::{NamedResource, Scope, Spec};

/// Names shown one by one, before the rest is counted.
const SHOWN: usize = 2;
const OTHER: &str = "the other gets its name here";
const APART: &str = "give one of the two specs another `name` or `environment`, or write where each goes: `deploy: {account: …, \
                     region: …}`";

/// Names that two specs would give to resources of the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// Which two specs, by their places in the list.
    pub first: usize,
    pub second: usize,
    /// Its place is in the second spec's files.
    pub diagnostic: Diagnostic,
    /// Where the first spec gives the name; in its files.
    pub other: Related,
}

/// Compares every two of these specs, each with the path it is known by. Where one says where it goes and the other does not,
/// nothing is known.
#[must_use]
pub fn shared_names(specs: &[(&str, &CheckedSpec)]) -> Vec<Shared> {
    let mut found = Vec::new();
    for (second, (_, newer)) in specs.iter().enumerate() {
        for (first, (path, older)) in specs[..second].iter().enumerate() {
            let pair = Pair { path, older, newer };
            found.extend(pair.diagnostics().into_iter().map(|(diagnostic, other)| Shared {
                first,
                second,
                diagnostic,
                other,
            }));
        }
    }
    found
}

struct Pair<'a> {
    /// Of the older.
    path: &'a str,
    older: &'a CheckedSpec,
    newer: &'a CheckedSpec,
}

impl Pair<'_> {
    fn diagnostics(&self) -> Vec<(Diagnostic, Related)> {
        let (older, newer) = (self.older.spec(), self.newer.spec());
        let regions = [&older.deploy.region, &newer.deploy.region];
        let same_region = regions[0] == regions[1];
        // The one that names no region may go to the other's.
        if older.deploy.account != newer.deploy.account {
            return Vec::new();
        }
        if older.resolved_names().stack == newer.resolved_names().stack {
            // One that names no region may go to the other's, and then its names are the same stack's.
            match same_region {
                true => return vec![self.same_stack()],
                false if regions.iter().any(|region| region.is_none()) => return Vec::new(),
                false => {}
            }
        }
        let theirs = older.named_resources();
        let shared = newer.named_resources().into_iter().filter(|one| {
            let reaches = same_region || one.kind.scope == Scope::Account;
            reaches && theirs.iter().any(|other| other.is_same(one))
        });
        let (written, made): (Vec<NamedResource>, Vec<NamedResource>) =
            shared.partition(|one| field(self.older, one).or_else(|| field(self.newer, one)).is_some());
        // A function's log group has its name: one mistake.
        let written = written.iter().filter(|one| one.kind.noun != "log group").map(|one| self.found(&[one]));
        let made: Vec<&NamedResource> = made.iter().collect();
        written.chain((!made.is_empty()).then(|| self.found(&made))).collect()
    }

    /// All other names would follow from this one mistake.
    fn same_stack(&self) -> (Diagnostic, Related) {
        let place = |checked: &CheckedSpec| {
            let written = checked.tree.has("/names/stack");
            let pointer = if written { "/names/stack" } else { "/name" };
            (checked.tree.value_place(pointer), pointer.to_owned())
        };
        let ((at, pointer), (related, other)) = (place(self.newer), place(self.older));
        let (stack, path) = (self.newer.spec().resolved_names().stack, self.path);
        let message =
            format!("the stack `{stack}` is also the one of `{path}`: an apply of one undoes the other");
        let diagnostic = Diagnostic::error(codes::SPEC_NAME_SHARED, message).at(pointer, at).help(APART);
        (diagnostic, Related { message: OTHER.to_owned(), path: other, place: related })
    }

    fn found(&self, names: &[&NamedResource]) -> (Diagnostic, Related) {
        let place = |checked: &CheckedSpec| {
            let written = names.first().and_then(|one| field(checked, one));
            let pointer = written.unwrap_or_else(|| "/name".to_owned());
            (checked.tree.value_place(&pointer), pointer)
        };
        let ((at, pointer), (related, other)) = (place(self.newer), place(self.older));
        let diagnostic = Diagnostic::error(codes::SPEC_NAME_SHARED, self.message(names))
            .at(pointer, at)
            .help(help(self.newer.spec(), names));
        (diagnostic, Related { message: OTHER.to_owned(), path: other, place: related })
    }

    fn message(&self, names: &[&NamedResource]) -> String {
        let path = self.path;
        let words: Vec<String> =
            names.iter().take(SHOWN).map(|one| format!("{} `{}`", one.kind.noun, one.name)).collect();
        let reach = match names {
            [one] if one.kind.scope == Scope::Account => {
                format!(": an account has one {} of a name, in all regions together", one.kind.noun)
            }
            _ => String::new(),
        };
        match names {
            [_] => format!("the {} is also one that `{path}` makes{reach}", words.join("")),
            _ => {
                let rest = names.len().saturating_sub(SHOWN);
                let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                format!(
                    "the {}{more} are also made by `{path}`, in the same account and region",
                    words.join(", ")
                )
            }
        }
    }
}

/// Where a spec itself gives the name.
fn field(checked: &CheckedSpec, resource: &NamedResource) -> Option<String> {
    let pointer = format!("/names/{}", resource.field?);
    checked.tree.has(&pointer).then_some(pointer)
}

fn help(spec: &Spec, names: &[&NamedResource]) -> String {
    let [one] = names else {
        return APART.to_owned();
    };
    let end = spec.deploy.region.as_deref().unwrap_or("2");
    match one.field.map(|field| (field, field.split_once('/'))) {
        Some((_, Some((section, key)))) => {
            format!("write `names: {{{section}: {{{key}: {}-{end}}}}}`", one.name)
        }
        Some((field, None)) => format!("write `names: {{{field}: {}-{end}}}`", one.name),
        None => "give one of the two specs another `name` or `environment`".to_owned(),
    }
}
