use processor::path::{Path, Step};
use processor::queued_at::QUEUED_AT;
use processor::row::CONTROL_ATTRIBUTES;

use super::lexicon;
use super::words::words;

/// Names that mean nothing without the name around them.
const BARE: [&str; 12] =
    ["id", "arn", "number", "no", "key", "name", "code", "reference", "ref", "uuid", "time", "timestamp"];

/// Longest name that is used.
const LONGEST: usize = 60;

/// The name of the attribute that stores the value at `path`: that of the field, in lower case with `_`.
pub(super) fn attribute(path: &Path, otherwise: &str, taken: &[&str]) -> String {
    let names: Vec<Vec<String>> = path
        .steps()
        .iter()
        .filter_map(|step| match step {
            // The last step of a value in DynamoDB's own JSON.
            Step::Name(name) if !matches!(name.as_str(), "S" | "N") => Some(words(name)),
            _ => None,
        })
        .collect();
    let own = match names.as_slice() {
        // Fields of the envelope.
        [only] => match only.join("_").as_str() {
            "time" => "occurred_at".to_owned(),
            "resources" => "resource".to_owned(),
            _ => otherwise.to_owned(),
        },
        [.., around, own]
            if is_bare(own) && names.len() > 2 && !lexicon::wraps(around) && !lexicon::is_meta(around) =>
        {
            format!("{}_{}", around.join("_"), own.join("_"))
        }
        [.., own] => own.join("_"),
        [] => String::new(),
    };
    let is_free = |name: &str| {
        let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
        let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        begins
            && plain
            && name.len() <= LONGEST
            && !CONTROL_ATTRIBUTES.contains(&name)
            && name != QUEUED_AT
            && !taken.contains(&name)
    };
    [own.clone(), format!("detail_{own}"), otherwise.to_owned()]
        .into_iter()
        .find(|name| is_free(name))
        .unwrap_or_else(|| format!("{otherwise}_value"))
}

fn is_bare(words: &[String]) -> bool {
    matches!(words, [only] if BARE.contains(&only.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_called_after_its_field() {
        for (path, expected) in [
            ("$.detail['instance-id']", "instance_id"),
            ("$.detail.order.number", "order_number"),
            ("$.detail.data.id", "id"),
            ("$.detail.properties['Order ID']", "order_id"),
            ("$.detail.shipments[0].id", "shipments_id"),
            ("$.time", "occurred_at"),
            ("$.resources[0]", "resource"),
            ("$.id", "key"),
            ("$.detail.event_id", "detail_event_id"),
            ("$.detail.event_type", "detail_event_type"),
            ("$.detail['größe']", "key"),
            ("$.detail['@x']", "x"),
            ("$.detail.Keys.orderId.S", "order_id"),
            ("$.detail['7']", "detail_7"),
        ] {
            let path: Path = path.parse().expect("a path");
            assert_eq!(attribute(&path, "key", &["event_type"]), expected, "{path}");
        }
    }
}
