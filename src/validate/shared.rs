//! Names that two specs give to resources of one account.

use std::collections::{BTreeSet, HashMap};

use super::CheckedSpec;
use crate::diagnostic::{Diagnostic, Related, codes};
use crate::spec::{NamedResource, Scope, Spec};

/// Names shown one by one, before the others are counted.
const SHOWN: usize = 2;
const OTHER: &str = "the other name is set here";
const APART: &str = "give one of the two specs another `name` or `environment`, or write the account and region of each: `deploy: {account: …, \
                     region: …}`";

/// Names that two specs would give to resources in the same account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The two specs, by their indexes in the list.
    pub first: usize,
    pub second: usize,
    /// Its location is in the second spec's files.
    pub diagnostic: Diagnostic,
    /// Where the first spec sets the name, in its files.
    pub other: Related,
}

/// Compares every two of these specs, each with its path. If one has an account or region and the other does not, they
/// cannot be compared.
#[must_use]
pub fn shared_names(specs: &[(&str, &CheckedSpec)]) -> Vec<Shared> {
    let named: Vec<Names<'_>> = specs.iter().map(|(_, checked)| Names::of(checked)).collect();
    let mut found = Vec::new();
    for (second, first) in meeting(&named) {
        let pair = Pair { path: specs[first].0, older: &named[first], newer: &named[second] };
        found.extend(pair.diagnostics().into_iter().map(|(diagnostic, other)| Shared {
            first,
            second,
            diagnostic,
            other,
        }));
    }
    found
}

/// The later and the earlier of every two specs of one account that share a name of any type. Others need not be
/// compared: a thousand specs have half a million pairs.
fn meeting(named: &[Names<'_>]) -> BTreeSet<(usize, usize)> {
    let mut known: HashMap<(Option<&str>, &str), Vec<usize>> = HashMap::new();
    let mut pairs = BTreeSet::new();
    for (index, names) in named.iter().enumerate() {
        let account = names.checked.spec().deploy.account.as_deref();
        let all = names.resources.iter().map(|resource| resource.name.as_str()).chain([names.stack.as_str()]);
        for name in all {
            let takers = known.entry((account, name)).or_default();
            pairs.extend(takers.iter().filter(|taker| **taker != index).map(|taker| (index, *taker)));
            if takers.last() != Some(&index) {
                takers.push(index);
            }
        }
    }
    pairs
}

/// A spec and the names that it sets.
struct Names<'a> {
    checked: &'a CheckedSpec,
    stack: String,
    resources: Vec<NamedResource>,
}

impl<'a> Names<'a> {
    fn of(checked: &'a CheckedSpec) -> Self {
        let spec = checked.spec();
        Self { checked, stack: spec.resolved_names().stack, resources: spec.named_resources() }
    }
}

struct Pair<'a> {
    /// The path of the earlier one.
    path: &'a str,
    older: &'a Names<'a>,
    newer: &'a Names<'a>,
}

impl Pair<'_> {
    fn diagnostics(&self) -> Vec<(Diagnostic, Related)> {
        let (older, newer) = (self.older.checked.spec(), self.newer.checked.spec());
        let regions = [&older.deploy.region, &newer.deploy.region];
        let same_region = regions[0] == regions[1];
        // The one without a region may be applied to the other's.
        if older.deploy.account != newer.deploy.account {
            return Vec::new();
        }
        if self.older.stack == self.newer.stack {
            // One without a region may be applied to the other's, and then its names are the same stack's.
            match same_region {
                true => return vec![self.same_stack()],
                false if regions.iter().any(|region| region.is_none()) => return Vec::new(),
                false => {}
            }
        }
        let shared = self.newer.resources.iter().filter(|one| {
            let reaches = same_region || one.kind.scope == Scope::Account;
            reaches && self.older.resources.iter().any(|other| other.is_same(one))
        });
        let is_written = |one: &&NamedResource| {
            [self.older, self.newer].into_iter().any(|names| field(names.checked, one).is_some())
        };
        let (in_spec, made): (Vec<&NamedResource>, Vec<&NamedResource>) = shared.partition(is_written);
        // A function's log group has its name: one mistake.
        let in_spec = in_spec.iter().filter(|one| one.kind.noun != "log group").map(|one| self.found(&[one]));
        in_spec.chain((!made.is_empty()).then(|| self.found(&made))).collect()
    }

    /// All other shared names would follow from this one mistake.
    fn same_stack(&self) -> (Diagnostic, Related) {
        let location = |checked: &CheckedSpec| {
            let in_spec = checked.tree.has("/names/stack");
            let pointer = if in_spec { "/names/stack" } else { "/name" };
            (checked.tree.value_location(pointer), pointer.to_owned())
        };
        let ((at, pointer), (related, other)) = (location(self.newer.checked), location(self.older.checked));
        let (stack, path) = (&self.newer.stack, self.path);
        let message =
            format!("the stack `{stack}` is also the stack of `{path}`: an apply of one undoes the other");
        let diagnostic = Diagnostic::error(codes::SPEC_NAME_SHARED, message).at(pointer, at).help(APART);
        (diagnostic, Related { message: OTHER.to_owned(), path: other, location: related })
    }

    fn found(&self, names: &[&NamedResource]) -> (Diagnostic, Related) {
        let location = |checked: &CheckedSpec| {
            let in_spec = names.first().and_then(|one| field(checked, one));
            let pointer = in_spec.unwrap_or_else(|| "/name".to_owned());
            (checked.tree.value_location(&pointer), pointer)
        };
        let ((at, pointer), (related, other)) = (location(self.newer.checked), location(self.older.checked));
        let diagnostic = Diagnostic::error(codes::SPEC_NAME_SHARED, self.message(names))
            .at(pointer, at)
            .help(help(self.newer.checked.spec(), names));
        (diagnostic, Related { message: OTHER.to_owned(), path: other, location: related })
    }

    fn message(&self, names: &[&NamedResource]) -> String {
        let path = self.path;
        let words: Vec<String> =
            names.iter().take(SHOWN).map(|one| format!("{} `{}`", one.kind.noun, one.name)).collect();
        let reach = match names {
            [one] if one.kind.scope == Scope::Account => {
                format!(": an account can have only one {} of a name, across all regions", one.kind.noun)
            }
            _ => String::new(),
        };
        match names {
            [_] => format!("`{path}` creates the same {}{reach}", words.join("")),
            _ => {
                let remainder = names.len().saturating_sub(SHOWN);
                let more = if remainder > 0 { format!(" and {remainder} more") } else { String::new() };
                format!(
                    "`{path}` creates the same {}{more}, in the same account and region",
                    words.join(", ")
                )
            }
        }
    }
}

/// Where a spec itself sets the name.
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
