//! The operators of event patterns, for completion and hover.

use super::offer::{OPERATOR, Offer};

/// An operator.
pub(super) struct Operator {
    pub(super) name: &'static str,
    /// The forms of its value, with placeholders.
    pub(super) forms: &'static [&'static str],
    pub(super) meaning: &'static str,
}

pub(super) const OPERATORS: [Operator; 8] = [
    Operator {
        name: "prefix",
        forms: &["${1:text}", "{equals-ignore-case: ${1:text}}"],
        meaning: "Strings with this prefix; `{equals-ignore-case: …}` ignores upper and lower case.",
    },
    Operator {
        name: "suffix",
        forms: &["${1:text}", "{equals-ignore-case: ${1:text}}"],
        meaning: "Strings with this suffix; `{equals-ignore-case: …}` ignores upper and lower case.",
    },
    Operator {
        name: "anything-but",
        forms: &[
            "[${1:value}]",
            "{prefix: ${1:text}}",
            "{suffix: ${1:text}}",
            "{wildcard: \"${1:*}\"}",
            "{equals-ignore-case: ${1:text}}",
        ],
        meaning: "Any value except these; with `{prefix: …}`, `{suffix: …}`, `{wildcard: …}` or `{equals-ignore-case: …}` any string that does not match. The field must exist.",
    },
    Operator {
        name: "numeric",
        forms: &["[\"=\", ${1:0}]", "[\">\", ${1:0}]", "[\">=\", ${1:0}, \"<\", ${2:100}]"],
        meaning: "Numbers that satisfy a comparison with `=`, `<`, `<=`, `>` or `>=`; two comparisons make a range.",
    },
    Operator {
        name: "exists",
        forms: &["true", "false"],
        meaning: "`true`: the field is present, with any value. `false`: it is absent. Tests fields with a value, not maps.",
    },
    Operator {
        name: "wildcard",
        forms: &["\"${1:*}\""],
        meaning: "Strings of this form, in which `*` is any number of characters.",
    },
    Operator {
        name: "equals-ignore-case",
        forms: &["${1:text}"],
        meaning: "This string, ignoring upper and lower case.",
    },
    Operator {
        name: "cidr",
        forms: &["${1:10.0.0.0/8}"],
        meaning: "IP addresses in this IPv4 or IPv6 network.",
    },
];

/// The description of `$or`.
pub(super) const OR: &str = "A list of two or more maps of fields; one of them must match.";

/// The operator of this name.
pub(super) fn operator(name: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|operator| operator.name == name)
}

/// Operators as items of a field's list, in each of their forms.
pub(super) fn items() -> Vec<Offer> {
    let each = OPERATORS.iter().flat_map(|operator| operator.forms.iter().map(move |form| (operator, form)));
    each.map(|(operator, form)| {
        let snippet = format!("{{{}: {form}}}", operator.name);
        let offer = Offer::plain(OPERATOR, "", "").documented(operator.meaning).snippet(snippet);
        Offer { label: offer.plain_text(), ..offer }
    })
    .collect()
}

/// The values of an operator.
pub(super) fn arguments(name: &str) -> Vec<Offer> {
    let forms = operator(name).map_or(&[] as &[&str], |operator| operator.forms).iter();
    forms
        .map(|form| {
            let offer = Offer::plain(OPERATOR, "", "").snippet(*form);
            Offer { label: offer.plain_text(), ..offer }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::pattern::{Pattern, operator_names};
    use crate::source::document;

    /// Every offer is accepted by EventBridge, and every operator is offered.
    #[test]
    fn every_form_of_every_operator_is_a_pattern() {
        let mut names: Vec<&str> = OPERATORS.iter().map(|operator| operator.name).collect();
        names.sort_unstable();
        let mut known = operator_names().to_vec();
        known.sort_unstable();
        assert_eq!(names, known);
        for item in items() {
            let text = item.plain_text();
            let value = document(&format!("[{text}]")).expect(&text).value();
            let detail = json!({"field": value});
            let pattern = Map::from_iter([("detail".to_owned(), detail)]);
            assert!(Pattern::parse(&pattern).is_ok(), "{text}: {:?}", Pattern::parse(&pattern));
        }
    }
}
