//! The number of keys that a stack spreads its status index over, and the highest number it ever used: rows retain the
//! key they were written with, so readers must read as many keys as were ever used.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Template;
use super::digest::digest;
use crate::spec::STATUS_INDEX;

/// The output with the highest number of keys so far.
const OUTPUT: &str = "StatusIndexShards";
const INDEXES: &str = "/Resources/EventsTable/Properties/GlobalSecondaryIndexes";
const CONFIG: &str = "/Resources/Processor/Properties/Environment/Variables/PIPELINE_CONFIG";

/// Whether the template's table has the status index.
#[must_use]
pub fn has_status_index(template: &Value) -> bool {
    let indexes = template.pointer(INDEXES).and_then(Value::as_array).into_iter().flatten();
    indexes.into_iter().any(|index| index["IndexName"] == STATUS_INDEX)
}

/// The number of keys that the template's processor spreads the index over; `None` if the template does not contain it.
#[must_use]
pub fn spread(template: &Value) -> Option<u32> {
    let config: Value = serde_json::from_str(template.pointer(CONFIG)?.as_str()?).ok()?;
    u32::try_from(config["status_index_shards"].as_u64()?).ok()
}

/// The highest number of keys that the stack of this template ever used.
#[must_use]
pub fn most_spread(template: &Value) -> u32 {
    let output = template["Outputs"][OUTPUT]["Value"].as_str().and_then(|most| most.parse().ok());
    output.max(spread(template)).unwrap_or(1).max(1)
}

/// Whether a template records that number.
#[must_use]
pub fn records_spread(template: &Value) -> bool {
    template["Outputs"][OUTPUT]["Value"].is_string()
}

/// The same from a stack's outputs; `None` if pipectl did not record it yet.
#[must_use]
pub fn recorded_spread(outputs: &BTreeMap<String, String>) -> Option<u32> {
    outputs.get(OUTPUT)?.parse().ok()
}

/// The template with the record of `most` keys; `None` if it has that, or if no record is needed: a custom template may
/// omit the output until there are more keys than its processor uses.
#[must_use]
pub fn with_spread(template: &Template, most: u32) -> Option<Template> {
    let most = most.max(most_spread(&template.parsed));
    let value = &template.parsed["Outputs"][OUTPUT]["Value"];
    let text = most.to_string();
    if *value == *text || (value.is_null() && spread(&template.parsed).unwrap_or(1) == most) {
        return None;
    }
    let mut next = template.clone();
    next.parsed["Outputs"][OUTPUT]["Value"] = json!(text);
    // In the form of the template, if it is pipectl's own.
    let line = |value: &str| format!("  {OUTPUT}:\n    Value: \"{value}\"\n");
    let before = line(value.as_str().unwrap_or_default());
    next.text = if next.text.contains(&before) {
        next.text.replace(&before, &line(&text))
    } else {
        next.parsed.to_string()
    };
    next.digest = digest(&next.parsed);
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::parse;

    fn template(now: u32, output: Option<&str>) -> Template {
        let config = format!(r#"{{"status_index_shards":{now}}}"#);
        let mut parsed = json!({"Resources": {"Processor": {"Properties": {"Environment": {
            "Variables": {"PIPELINE_CONFIG": config}}}}}});
        if let Some(output) = output {
            parsed["Outputs"] = json!({OUTPUT: {"Value": output}});
        }
        Template::from_parsed(parsed)
    }

    #[test]
    fn the_most_keys_are_those_recorded_or_those_in_use() {
        for (now, output, most) in
            [(1, None, 1), (6, None, 6), (2, Some("6"), 6), (6, Some("2"), 6), (1, Some("x"), 1)]
        {
            let template = template(now, output).parsed;
            assert_eq!((spread(&template), most_spread(&template)), (Some(now), most));
        }
        assert_eq!((spread(&Value::Null), most_spread(&Value::Null)), (None, 1));
    }

    #[test]
    fn a_record_is_written_where_it_adds_information() {
        for (now, output, most) in [(2, Some("2"), 2), (2, Some("6"), 4), (2, None, 2), (6, None, 2)] {
            assert_eq!(with_spread(&template(now, output), most), None, "{now} {output:?} {most}");
        }
        for (now, output, most) in [(2, Some("2"), 6), (2, None, 6), (1, Some("4"), 6)] {
            let next = with_spread(&template(now, output), most).expect("a record");
            assert_eq!((spread(&next.parsed), most_spread(&next.parsed)), (Some(now), 6));
            assert_eq!(next.digest, digest(&next.parsed));
            assert_eq!(parse(&next.text), Ok(next.parsed));
        }
    }

    #[test]
    fn the_words_of_a_template_stay() {
        let text = "# A comment.\nOutputs:\n  StatusIndexShards:\n    Value: \"1\"\n";
        let template =
            Template { text: text.to_owned(), ..Template::from_parsed(parse(text).expect("YAML")) };
        let next = with_spread(&template, 3).expect("a record");
        assert_eq!(next.text, text.replace("\"1\"", "\"3\""));
    }
}
