use super::at_fields;
use crate::diagnostic::{Diagnostic, codes};
use crate::source::SpecTree;
use crate::spec::{Producer, Spec};

/// a bus policy that names no account allows nobody, and EventBridge does not report it.
pub(super) fn check(spec: &Spec, tree: &SpecTree) -> Vec<Diagnostic> {
    let producers = &spec.bus.producers;
    let accounts = producers.iter().enumerate().filter_map(|(index, producer)| match producer {
        Producer::Account(account) => Some((index, account)),
        Producer::Group(_) => None,
    });
    if let Some(partners) =
        spec.bus.existing_name().filter(|name| name.contains('/') && !producers.is_empty())
    {
        let message = format!("`{partners}` is a partner's bus, and only the partner can put events on it");
        let diagnostic = Diagnostic::error(codes::BUS_WRONG_PRODUCER, message).help("leave out `producers`");
        return vec![at_fields(diagnostic, tree, &[("/bus/producers", ""), ("/bus/existing", "the bus")])];
    }
    let wrong = accounts.filter(|(_, account)| {
        account.len() != 12 || !account.bytes().all(|character| character.is_ascii_digit())
    });
    wrong
        .map(|(index, account)| {
            let path = format!("/bus/producers/{index}");
            let message = format!("`{account}` is not an account id, which has twelve digits");
            let help = if account.starts_with("o-") && !account.contains('/') {
                format!("write `{{organization: {account}}}`")
            } else if account.starts_with("o-") {
                format!("write `{{organizational_unit: {account}}}`")
            } else {
                "write twelve digits in quotes, such as `\"123456789012\"`, `{organization: o-…}` or \
                 `{organizational_unit: o-…/r-…/ou-…/*}`"
                    .to_owned()
            };
            Diagnostic::error(codes::BUS_WRONG_PRODUCER, message)
                .at(&path, tree.value_location(&path))
                .help(help)
        })
        .collect()
}
