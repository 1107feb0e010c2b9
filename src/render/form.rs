//! The form that the argument of a function must have.

use serde_json::Value;

/// The form that a function's argument must have, if it has another one.
pub(super) fn form_missed(function: &str, argument: &Value) -> Option<&'static str> {
    let parts = argument.as_array().map_or(&[][..], Vec::as_slice);
    let is_list = |value: &Value| value.is_array() || value.is_object();
    let is_text = |value: &Value| value.is_string() || value.is_object();
    let (form, has_it) = match function {
        "Ref" => ("a name", argument.is_string()),
        "Fn::GetAtt" => (
            "`ID.ATTRIBUTE`, or a list of both",
            argument.is_string()
                || matches!(parts, [id, remainder @ ..] if id.is_string() && remainder.iter().all(is_text)),
        ),
        "Fn::Sub" => (
            "a text, or a list of a text and a map of its variables",
            argument.is_string() || matches!(parts, [text, map] if text.is_string() && map.is_object()),
        ),
        "Fn::Join" => (
            "a list of a separator and a list",
            matches!(parts, [separator, list] if separator.is_string() && is_list(list)),
        ),
        "Fn::Select" => (
            "a list of a number and a list",
            matches!(parts, [index, list] if (is_text(index) || index.is_number()) && is_list(list)),
        ),
        "Fn::Split" => (
            "a list of a separator and a text",
            matches!(parts, [separator, text] if separator.is_string() && is_text(text)),
        ),
        _ => return None,
    };
    (!has_it).then_some(form)
}
