//! Values of keys: parses them from the command line, and converts them to the stored format.

use jiff::Timestamp;
use processor::instant::normalise;
use processor::mapping::{Format, Mapping};
use processor::number::Number;
use processor::row::KeyValue;

use super::super::{Stop, since};
use super::target::{Key, QueryTarget, wrong};
use crate::operate::RowKey;
use crate::spec::Spec;

/// The partition key, and the sort key after the first comma. `\,` is a comma within a value. Without a sort key, the
/// whole text is the partition key.
pub(super) fn split(text: &str, has_sort: bool) -> (String, Option<String>) {
    let (mut partition, mut sort): (String, Option<String>) = (String::new(), None);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_escaped = character == '\\' && characters.next_if_eq(&',').is_some();
        if character == ',' && has_sort && sort.is_none() {
            sort = Some(String::new());
        } else {
            sort.as_mut().unwrap_or(&mut partition).push(if is_escaped { ',' } else { character });
        }
    }
    (partition, sort)
}

/// Parses the key of one row of the table, or of all rows of a partition.
pub(in crate::cli) fn row_key(spec: &Spec, mapping: &Mapping, text: &str) -> Result<RowKey, Stop> {
    let target = QueryTarget::find(spec, mapping, None, true)?;
    let (partition, sort) = split(text, target.sort.is_some());
    let sort = target.sort.as_ref().zip(sort);
    Ok(RowKey {
        partition: target.partition.value(&partition, "--key")?,
        sort: sort.map(|(key, text)| key.value(&text, "--key")).transpose()?,
    })
}

impl Key {
    /// The stored form of a value.
    pub(super) fn value(&self, text: &str, flag: &str) -> Result<KeyValue, Stop> {
        if text.is_empty() {
            // DynamoDB does not accept an empty key.
            let message =
                format!("`{flag}` has no value for `{}`, but a key cannot be empty", self.attribute);
            return Err(wrong(message, "write `PARTITION` or `PARTITION,SORT`"));
        }
        match self.format {
            Format::Number => self.number(text, flag),
            format if format.is_instant() && self.is_whole => instant(text).ok_or_else(|| {
                let help = "write an RFC 3339 time; write a comma within a key as `\\,`";
                wrong(
                    format!(
                        "`{text}` in `{flag}` is not a valid time, but `{}` stores times",
                        self.attribute
                    ),
                    help,
                )
            }),
            _ => Ok(KeyValue::Text(text.to_owned())),
        }
    }

    fn number(&self, text: &str, flag: &str) -> Result<KeyValue, Stop> {
        // In an event, only JSON numbers are numbers.
        let number = serde_json::from_str::<serde_json::Number>(text).ok().and_then(|_| Number::stored(text));
        number.map(KeyValue::Number).ok_or_else(|| {
            let message = format!("`{flag} {text}` is not a number, but `{}` stores numbers", self.attribute);
            wrong(message, "write it like `42` or `1.5`")
        })
    }
}

/// A bound in the format of the sort key.
pub(super) fn bound(text: Option<&str>, flag: &str, target: &QueryTarget) -> Result<Option<KeyValue>, Stop> {
    let Some(text) = text else { return Ok(None) };
    let Some(key) = &target.sort else {
        let message = format!("{} has no sort key, so `{flag}` cannot be used", target.noun());
        return Err(wrong(message, &format!("leave out `{flag}`")));
    };
    if !key.format.is_instant() {
        return key.value(text, flag).map(Some);
    }
    since::instant(text, flag, Timestamp::now()).map(|at| Some(KeyValue::Text(at)))
}

fn instant(text: &str) -> Option<KeyValue> {
    normalise(text).ok().map(KeyValue::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_separates_the_keys_unless_it_is_escaped() {
        let parsed = |text: &str, has_sort| {
            let (partition, sort) = split(text, has_sort);
            format!("{partition}|{}", sort.unwrap_or_else(|| "-".to_owned()))
        };
        assert_eq!(parsed("a", true), "a|-");
        assert_eq!(parsed("a,b", true), "a|b");
        assert_eq!(parsed("a,b,c", true), "a|b,c");
        assert_eq!(parsed(r"a\,b,c\d", true), r"a,b|c\d");
        assert_eq!(parsed("a,b", false), "a,b|-");
        assert_eq!(parsed("a,", true), "a|");
    }
}
