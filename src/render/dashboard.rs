use serde_json::Value;

/// Longer lines are broken.
const WIDTH: usize = 110;

/// The indentation of the body in the template, in blanks.
const INDENT: usize = 10;

/// The dashboard's body as JSON for people: a value that fits is on one line, words of a broken value share lines, and
/// maps and lists within it get lines of their own. Each line after the first begins at the indentation of the template's
/// block.
pub(super) fn dashboard(body: &Value) -> String {
    let mut text = String::new();
    write(body, 0, &mut text);
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let (open, close, parts) = match value {
        Value::Object(map) => ('{', '}', members(map)),
        Value::Array(items) => ('[', ']', items.iter().map(|item| (String::new(), item)).collect()),
        plain => return text.push_str(&plain.to_string()),
    };
    text.push(open);
    // The space left in the current line; none before the first part.
    let mut columns_left = 0;
    for (index, (key, part)) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let flat = key.len() + one_line(part).len() + usize::from(!last);
        if is_plain(part) && flat < columns_left {
            text.push(' ');
            columns_left -= flat + 1;
        } else {
            break_line(depth + 1, text);
            // A map or list is the last of its line.
            columns_left = if is_plain(part) { (WIDTH - 2 * (depth + 1)).saturating_sub(flat) } else { 0 };
        }
        text.push_str(key);
        if is_plain(part) || 2 * (depth + 1) + flat <= WIDTH {
            text.push_str(&one_line(part));
        } else {
            write(part, depth + 1, text);
        }
        if !last {
            text.push(',');
        }
    }
    break_line(depth, text);
    text.push(close);
}

/// The order for readers: what it is, plain values, then nested ones.
fn members(map: &serde_json::Map<String, Value>) -> Vec<(String, &Value)> {
    let mut members: Vec<(&String, &Value)> = map.iter().collect();
    members.sort_by_key(|(key, value)| match key.as_str() {
        "type" | "title" | "label" => 0,
        _ if is_plain(value) => 1,
        _ => 2,
    });
    members.into_iter().map(|(key, value)| (format!("{}: ", Value::from(key.as_str())), value)).collect()
}

fn is_plain(value: &Value) -> bool {
    !value.is_object() && !value.is_array()
}

fn one_line(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Object(map) => {
            let parts = members(map).into_iter().map(|(key, part)| key + &one_line(part));
            format!("{{{}}}", joined(parts.collect()))
        }
        Value::Array(items) => format!("[{}]", joined(items.iter().map(one_line).collect())),
        plain => plain.to_string(),
    }
}

fn break_line(depth: usize, text: &mut String) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', INDENT + 2 * depth));
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::dashboard;

    #[test]
    fn what_fits_stays_on_one_line() {
        let long = "x".repeat(80);
        let body = json!({"widgets": [{"type": "text", "x": 1, "properties": {"metrics": [[long, 1, {"a": true}]]}}]});
        let text = dashboard(&body);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[3], r#"                "type": "text", "x": 1,"#);
        assert_eq!(lines[6], format!(r#"                    ["{long}", 1, {{"a": true}}]"#));
        assert!(lines.iter().all(|line| line.len() <= 120));
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), body);
    }

    #[test]
    fn what_does_not_fit_is_broken_and_stays_the_same_value() {
        let words: Vec<String> = (0..40).map(|number| format!("word {number} \"\\\n")).collect();
        let body = json!({"words": words, "long": "y".repeat(300), "empty": [], "none": {}});
        let text = dashboard(&body);
        assert!(text.lines().count() > 8, "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), body);
    }
}
