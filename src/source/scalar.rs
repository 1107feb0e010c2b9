//! What an unquoted text means in YAML 1.2.

use serde_json::{Number, Value};

/// The value of an unquoted scalar in YAML 1.2's core schema, if it is the same for every parser.
///
/// # Errors
/// Why it has no value here, and what to write instead.
pub(super) fn resolve(text: &str) -> Result<Value, (String, String)> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Value::Null),
        "true" | "True" | "TRUE" => return Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lowered = unsigned.to_ascii_lowercase();
    if matches!(lowered.as_str(), ".inf" | ".nan") {
        return Err((
            format!("`{text}` is not a valid number in a spec"),
            "write a finite number".to_owned(),
        ));
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return Ok(i64::from_str_radix(digits, radix).map_or_else(|_| Value::from(text), Value::from));
        }
    }
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits(unsigned) {
        return integer(text, unsigned);
    }
    if is_float(unsigned) { float(text) } else { Ok(Value::from(text)) }
}

/// A number in JSON's spelling, if `text` is one of YAML's decimal numbers.
pub(super) fn decimal(text: &str) -> Option<String> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if !is_float(unsigned) {
        return None;
    }
    let (mantissa, exponent) = unsigned.split_at(unsigned.find(['e', 'E']).unwrap_or(unsigned.len()));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}{exponent}"))
}

/// The nearest number to one that a spec cannot represent exactly; `None` if parsers disagree on it.
pub(super) fn near(text: &str) -> Option<Value> {
    let decimal = decimal(text)?;
    let leads_with_zero = decimal.trim_start_matches('-').bytes().take(2).collect::<Vec<_>>();
    if matches!(leads_with_zero.as_slice(), [b'0', b'0'..=b'9']) {
        return None;
    }
    Number::from_f64(decimal.parse().ok()?).map(Value::Number)
}

fn integer(text: &str, digits: &str) -> Result<Value, (String, String)> {
    if digits.len() > 1 && digits.starts_with('0') {
        let short = text.replacen(digits, digits.trim_start_matches('0'), 1);
        return Err((
            format!("YAML parsers read `{text}` as different numbers"),
            format!("write `{short}`, or quote it if it is a string: `\"{text}\"`"),
        ));
    }
    let signed = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = signed.parse::<i64>() {
        return Ok(number.into());
    }
    match signed.parse::<u64>() {
        Ok(number) => Ok(number.into()),
        Err(_) => Err((
            format!("`{text}` is too large a number"),
            format!("quote it if it is a string: `\"{text}\"`"),
        )),
    }
}

/// `[0-9]* (. [0-9]*)? ([eE] [-+]? [0-9]+)?` with a digit before the exponent.
fn is_float(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && exponent_fits
}

/// A whole number stays one in any spelling: `1e3` is 1000.
fn float(text: &str) -> Result<Value, (String, String)> {
    let number: f64 = text.parse().unwrap_or(f64::INFINITY);
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Ok((number as i64).into());
    }
    Number::from_f64(number)
        .map(Value::Number)
        .ok_or_else(|| (format!("`{text}` is too large a number"), "write a smaller one".to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn decimal_numbers_have_a_form_of_json() {
        for (text, json) in [
            ("12", Some("12")),
            ("-7.50", Some("-7.50")),
            ("+7", Some("7")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("5.e3", Some("5e3")),
            ("-.5E-2", Some("-0.5E-2")),
            ("0x1F", None),
            ("1_000", None),
            ("-", None),
        ] {
            assert_eq!(decimal(text).as_deref(), json, "{text}");
        }
        assert_eq!(near("36893488147419103233"), Some(json!(36_893_488_147_419_103_233.0)));
        assert_eq!(near("036893488147419103233"), None);
        assert_eq!(near("1e999"), None);
    }

    #[test]
    fn scalars_follow_yaml_1_2() {
        let table = [
            ("", json!(null)),
            ("~", json!(null)),
            ("true", json!(true)),
            ("yes", json!("yes")),
            ("no", json!("no")),
            ("on", json!("on")),
            ("off", json!("off")),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("0o10", json!(8)),
            ("0x1F", json!(31)),
            ("0xZZ", json!("0xZZ")),
            ("1e3", json!(1000)),
            ("10.0", json!(10)),
            ("12.5", json!(12.5)),
            (".5", json!(0.5)),
            ("5.", json!(5)),
            ("1_000", json!("1_000")),
            ("12:30:45", json!("12:30:45")),
            ("1.2.3", json!("1.2.3")),
            (".", json!(".")),
            ("-", json!("-")),
            ("e3", json!("e3")),
            ("1e", json!("1e")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("2026-01-01", json!("2026-01-01")),
            ("eu-west-1", json!("eu-west-1")),
        ];
        for (text, value) in table {
            assert_eq!(resolve(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn numbers_that_readers_disagree_on_are_refused() {
        for text in ["012", "-012", "012345678901", ".nan", ".inf", "-.Inf", "1e400", "99999999999999999999"]
        {
            assert!(resolve(text).is_err(), "{text}");
        }
    }
}
