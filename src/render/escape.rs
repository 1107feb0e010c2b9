use std::fmt::Write as _;

use serde_json::Value;

/// A value as JSON on one line that every YAML parser reads as the same value.
///
/// JSON alone is not enough: YAML 1.1, which CloudFormation reads, folds text at U+0085, U+2028 and U+2029, refuses other
/// characters it calls unprintable, and reads `1e-7` as text.
pub(super) fn escape(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null | Value::Bool(_) => {
            let _ = write!(out, "{value}");
        }
        Value::Number(number) => out.push_str(&with_point(number.to_string())),
        Value::String(text) => quote(text, out),
        Value::Array(values) => {
            out.push('[');
            for (index, value) in values.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(value, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (index, (key, value)) in map.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                quote(key, out);
                out.push_str(": ");
                write(value, out);
            }
            out.push('}');
        }
    }
}

/// `1e-7` as `1.0e-7`, and `1e21` as `1.0e+21`: YAML 1.1 requires the point and the sign.
fn with_point(number: String) -> String {
    let Some((mantissa, exponent)) = number.split_once(['e', 'E']) else { return number };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_yaml_would_read_otherwise_is_written_so_that_it_does_not() {
        let value = json!({"a\u{2028}b": ["\u{85}\u{7f}\u{1b}", 1e-7, 1e21, 12.5, -3, null, true]});
        let text = escape(&value);
        assert_eq!(text, r#"{"a\u2028b": ["\u0085\u007f\u001b", 1.0e-7, 1.0e+21, 12.5, -3, null, true]}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
        assert_eq!(serde_yaml::from_str::<Value>(&text).expect("YAML"), value);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(text in any::<String>(), key in any::<String>()) {
            let value = json!({key: [text]});
            let escaped = escape(&value);
            prop_assert!(!escaped.contains('\n'));
            prop_assert_eq!(&serde_json::from_str::<Value>(&escaped).expect("JSON"), &value);
            prop_assert_eq!(&serde_yaml::from_str::<Value>(&format!("at: {escaped}\n")).expect("YAML")["at"], &value);
        }
    }
}
