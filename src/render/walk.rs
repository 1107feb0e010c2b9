//! What no template may contain, wherever its text came from: checked in the expanded template itself.
//!
//! A dynamic reference puts a secret into names, tags and logs; a function that reads elsewhere inserts unreviewed
//! values; a reference to something that does not exist fails during a deploy, and the local cloud accepts it.

use processor::pointer::escaped;
use serde_json::{Map, Value};

use super::dynamic::{Evaluator, Suspicion, suspicion};
use super::form::form_missed;
use crate::diagnostic::{Code, codes};
use crate::validate::nearest;

/// Something that a template may not contain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) code: Code,
    /// JSON pointer into the template.
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: String,
    /// The missing target of a reference.
    pub(super) missing: Option<String>,
}

/// The sections of our stacks. Others run macros, or depend on parameters that a stack does not have.
const SECTIONS: [&str; 7] =
    ["AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Resources", "Outputs"];
/// Functions that only combine parts of the template.
const FUNCTIONS: [&str; 7] =
    ["Ref", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap"];
/// The pseudo parameters.
const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::NoValue",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];
/// Resources in one stack (CloudFormation).
const RESOURCES: usize = 500;
/// Outputs of one stack, as many parameters and as many mappings (CloudFormation).
const OUTPUTS: usize = 200;

/// Bytes of a template, by way of S3 (CloudFormation).
const BYTES: usize = 1_000_000;

/// Most missing references for which a similar name is searched.
const SUGGESTIONS: usize = 100;

/// All errors in an expanded template whose text has this many bytes.
pub(super) fn walk(template: &Value, bytes: usize) -> Vec<Finding> {
    let mut walk = Walk {
        template,
        evaluator: Evaluator::new(template),
        unclear: false,
        suggested: 0,
        findings: Vec::new(),
    };
    if bytes > BYTES {
        let message = format!("the template has {bytes} bytes, but CloudFormation allows {BYTES}");
        walk.find(codes::RENDER_TOO_LARGE, "", message, "move resources into a separate stack");
    }
    let limits =
        [("Resources", RESOURCES), ("Outputs", OUTPUTS), ("Parameters", OUTPUTS), ("Mappings", OUTPUTS)];
    for (section, most) in limits {
        let count = walk.names(section).map_or(0, Map::len);
        if count > most {
            let message = format!("{count} {}, but a stack can have {most} at most", section.to_lowercase());
            walk.find(
                codes::RENDER_TOO_LARGE,
                &format!("/{section}"),
                message,
                "move some into a separate stack",
            );
        }
    }
    for key in template.as_object().into_iter().flat_map(Map::keys) {
        if !SECTIONS.contains(&key.as_str()) {
            let message = format!("the section `{key}` is not allowed in the stack");
            walk.find(SYNTAX, &format!("/{}", escaped(key)), message, "write its result instead");
        }
    }
    for (name, parameter) in template["Parameters"].as_object().into_iter().flatten() {
        if parameter["Type"].as_str().is_some_and(|kind| kind.starts_with("AWS::SSM")) {
            let message = format!("the parameter `{name}` takes its value from elsewhere");
            walk.find(
                SYNTAX,
                &format!("/Parameters/{}/Type", escaped(name)),
                message,
                "write the value itself",
            );
        }
    }
    if has_brace(&template["Mappings"]) {
        let message = "a mapping contains a brace, so it could be part of a dynamic reference".to_owned();
        walk.find(SYNTAX, "/Mappings", message, "write the text where it is used");
    }
    walk.value(template, "", false);
    walk.findings
}

const SYNTAX: Code = codes::RENDER_CLOUDFORMATION_SYNTAX;

struct Walk<'a> {
    template: &'a Value,
    evaluator: Evaluator<'a>,
    /// An expression exceeded the limit of the evaluation.
    unclear: bool,
    /// The number of missing references so far.
    suggested: usize,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn find(&mut self, code: Code, pointer: &str, message: String, help: &str) {
        let (pointer, help) = (pointer.to_owned(), help.to_owned());
        self.findings.push(Finding { code, pointer, message, help, missing: None });
    }

    fn names(&self, section: &str) -> Option<&Map<String, Value>> {
        self.template.get(section)?.as_object()
    }

    /// `substituted`: `${…}` in the text is a variable.
    fn value(&mut self, value: &Value, pointer: &str, substituted: bool) {
        match value {
            Value::String(text) => self.text(text, pointer, substituted),
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self.value(value, &format!("{pointer}/{index}"), false);
                }
            }
            Value::Object(map) => self.map(map, pointer),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str, substituted: bool) {
        if is_dynamic(text) {
            self.dynamic(pointer);
        }
        // Variables of IAM policies look the same and do not belong to CloudFormation.
        if !substituted && text.replace("${aws:", "").contains("${") {
            let message = "`${…}` is outside of `Fn::Sub`, where it has no effect".to_owned();
            self.find(SYNTAX, pointer, message, "write `Fn::Sub`, or the value itself");
        }
    }

    fn dynamic(&mut self, pointer: &str) {
        let message =
            "a dynamic reference (`{{resolve:…}}`): CloudFormation would replace it by the secret's value";
        self.find(SYNTAX, pointer, message.to_owned(), "have the function read the secret at run time");
    }

    fn map(&mut self, map: &Map<String, Value>, pointer: &str) {
        for (key, value) in map {
            let inner = format!("{pointer}/{}", escaped(key));
            if is_dynamic(key) {
                self.dynamic(&inner);
            }
            let called = map.len() == 1 && (key == "Ref" || key.starts_with("Fn::"));
            let foreign = if called { !FUNCTIONS.contains(&key.as_str()) } else { is_function(key) };
            // A statement of a policy also has a `Condition`, beside its other keys and with a map.
            let condition = key == "Condition" && value.is_string();
            if foreign || condition {
                let message = format!("the function `{key}` is not allowed in the stack");
                self.find(SYNTAX, &inner, message, "write its result instead; `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::Join`, `Fn::Select`, `Fn::Split` and `Fn::FindInMap` are allowed");
            } else if called {
                self.call(key, value, &inner);
            } else {
                if key == "DependsOn" && is_resource(pointer) {
                    let ids = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                    for id in ids.iter().filter_map(Value::as_str) {
                        self.resource(id, &inner);
                    }
                }
                self.value(value, &inner, false);
            }
        }
    }

    fn call(&mut self, function: &str, argument: &Value, pointer: &str) {
        if let Some(form) = form_missed(function, argument) {
            let message = format!("`{function}` takes {form}; CloudFormation refuses anything else");
            self.find(SYNTAX, pointer, message, "write it in this form");
            return self.value(argument, pointer, false);
        }
        match (function, argument) {
            ("Ref", Value::String(name)) => self.name(name, pointer),
            ("Fn::GetAtt", Value::Array(parts)) => {
                self.resource(parts.first().and_then(Value::as_str).unwrap_or_default(), pointer);
            }
            ("Fn::GetAtt", Value::String(path)) => {
                self.resource(path.split('.').next().unwrap_or_default(), pointer);
            }
            ("Fn::Sub", Value::String(text)) => self.substitution(text, &Map::new(), pointer),
            ("Fn::Sub", Value::Array(parts)) => {
                let none = Map::new();
                let variables = parts.get(1).and_then(Value::as_object).unwrap_or(&none);
                self.substitution(
                    parts.first().and_then(Value::as_str).unwrap_or_default(),
                    variables,
                    pointer,
                );
                for (name, value) in variables {
                    self.value(value, &format!("{pointer}/1/{}", escaped(name)), false);
                }
            }
            ("Fn::FindInMap", _) => self.looked_up(argument, pointer),
            _ => self.value(argument, pointer, false),
        }
        if matches!(function, "Fn::Join" | "Fn::Sub" | "Fn::Select") {
            let whole = Value::Object(Map::from_iter([(function.to_owned(), argument.clone())]));
            self.put_together(&whole, pointer);
        }
    }

    /// A text that CloudFormation assembles.
    fn put_together(&mut self, expression: &Value, pointer: &str) {
        let (message, help) = match suspicion(&self.evaluator, expression) {
            None => return,
            Some(Suspicion::Certain) => return self.dynamic(pointer),
            Some(Suspicion::Possible) => (
                "this string could become a dynamic reference (`{{resolve:…}}`): a value that CloudFormation fills in is next to `{{`, `}}` or a part of `resolve:`",
                "write the string in one piece, without `{{`, `}}` or `resolve:` next to a filled-in value",
            ),
            // One that exceeded the shared limit is enough.
            Some(Suspicion::Unclear) if std::mem::replace(&mut self.unclear, self.evaluator.is_spent()) => {
                return;
            }
            Some(Suspicion::Unclear) => (
                "this string can be joined in too many ways to rule out a dynamic reference (`{{resolve:…}}`)",
                "write the string in fewer pieces",
            ),
        };
        self.find(SYNTAX, pointer, message.to_owned(), help);
    }

    /// `[Mapping, key, key]`; a fourth part belongs to a macro.
    fn looked_up(&mut self, argument: &Value, pointer: &str) {
        let parts = argument.as_array().map_or(&[] as &[Value], Vec::as_slice);
        match parts {
            [Value::String(name), _, _]
                if self.names("Mappings").is_some_and(|map| map.contains_key(name)) => {}
            _ => {
                let message = "`Fn::FindInMap` does not name a mapping of the template".to_owned();
                self.find(SYNTAX, pointer, message, "write `[Mapping, key, key]`");
            }
        }
        self.value(argument, pointer, false);
    }

    fn substitution(&mut self, text: &str, variables: &Map<String, Value>, pointer: &str) {
        self.text(text, pointer, true);
        for name in variables_of(text) {
            if variables.contains_key(name) {
                continue;
            }
            match name.split_once('.') {
                Some((id, _)) => self.resource(id, pointer),
                None => self.name(name, pointer),
            }
        }
    }

    /// A parameter, a resource, or a pseudo parameter.
    fn name(&mut self, name: &str, pointer: &str) {
        let known = PSEUDO.contains(&name)
            || ["Parameters", "Resources"]
                .iter()
                .any(|section| self.names(section).is_some_and(|map| map.contains_key(name)));
        if !known {
            self.unknown(name, pointer);
        }
    }

    fn resource(&mut self, id: &str, pointer: &str) {
        if !self.names("Resources").is_some_and(|map| map.contains_key(id)) {
            self.unknown(id, pointer);
        }
    }

    fn unknown(&mut self, name: &str, pointer: &str) {
        // Each is compared with all names: a file can refer to thousands that do not exist.
        self.suggested += 1;
        let sections = ["Resources", "Parameters"].iter().filter_map(|section| self.names(section));
        let known = sections.flat_map(Map::keys).map(String::as_str);
        let near = if self.suggested <= SUGGESTIONS { nearest(name, known) } else { None };
        let help = near.map_or_else(
            || "name a resource of the stack; `pipectl render` lists them".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let message = format!("`{name}` is neither a resource nor a parameter of the stack");
        let (code, pointer) = (codes::RENDER_UNKNOWN_REFERENCE, pointer.to_owned());
        self.findings.push(Finding { code, pointer, message, help, missing: Some(name.to_owned()) });
    }
}

/// `/Resources/<id>` and nothing below.
fn is_resource(pointer: &str) -> bool {
    pointer.strip_prefix("/Resources/").is_some_and(|id| !id.contains('/'))
}

fn is_function(key: &str) -> bool {
    key.starts_with("Fn::")
}

fn has_brace(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(['{', '}']),
        Value::Array(values) => values.iter().any(has_brace),
        Value::Object(map) => map.values().any(has_brace),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether CloudFormation could read a text as a dynamic reference, ignoring case and blanks.
fn is_dynamic(text: &str) -> bool {
    let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    plain.to_lowercase().contains("{{resolve:")
}

/// The names in `${…}` of a text for `Fn::Sub`; `${!…}` is text.
pub(super) fn variables_of(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|remainder| remainder.split_once('}').map(|(name, _)| name.trim()))
        .filter(|name| !name.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn codes_of(resource: Value) -> Vec<&'static str> {
        let template = json!({
            "Parameters": {"P": {"Type": "String"}},
            "Mappings": {"M": {"aws": {"Host": "olve:ssm:x"}}},
            "Resources": {"A": {"Type": "T", "Properties": {"X": resource}}, "Queue": {"Type": "T"}},
        });
        walk(&template, 0).into_iter().map(|finding| finding.code.name).collect()
    }

    #[test]
    fn what_only_puts_together_is_let_through() {
        let fine = [
            json!("plain {{ text }} $ {"),
            json!({"Ref": "Queue"}),
            json!({"Ref": "P"}),
            json!({"Ref": "AWS::Region"}),
            json!({"Fn::GetAtt": ["Queue", "Arn"]}),
            json!({"Fn::GetAtt": "Queue.Arn"}),
            json!({"Fn::Sub": "${Queue.Arn}/${AWS::Region}/${P}/${!Literal}"}),
            json!({"Fn::Sub": ["${x}", {"x": {"Ref": "Queue"}}]}),
            json!({"Fn::Join": ["-", ["a", {"Ref": "Queue"}]]}),
            json!({"Fn::Select": [0, {"Fn::Split": [":", {"Ref": "Queue"}]}]}),
            json!({"Fn::Sub": ["https://${x}/", {"x": {"Fn::FindInMap": ["M", {"Ref": "AWS::Partition"}, "Host"]}}]}),
            json!({"Effect": "Allow", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}),
            json!("arn:aws:s3:::bucket/${aws:username}/*"),
        ];
        for value in fine {
            assert_eq!(codes_of(value.clone()), [] as [&str; 0], "{value}");
        }
    }

    #[test]
    fn dynamic_references_are_seen_however_they_are_put_together() {
        let dynamic = [
            json!("{{resolve:ssm:x}}"),
            json!("a{{ Resolve:secretsmanager:x}}"),
            json!({"{{resolve:ssm:x}}": 1}),
            json!({"Fn::Sub": "{{resolve:ssm:${P}}}"}),
            json!({"Fn::Join": ["", ["{{res", "olve:ssm:x}}"]]}),
            json!({"Fn::Join": [":", ["{{resolve", "ssm", "x}}"]]}),
            json!({"Fn::Join": ["", ["{{", {"Fn::Join": ["", ["resol", "ve:"]]}, "ssm:x}}"]]}),
            json!({"Fn::Join": ["", ["{{", {"Ref": "P"}, "resolve:ssm:x}}"]]}),
            json!({"Fn::Sub": ["${a}${b}", {"a": "{{res", "b": "olve:ssm:x}}"}]}),
            json!({"Fn::Sub": "{{res${P}olve:ssm:x}}"}),
            json!({"Fn::Join": ["", ["{{res", {"Fn::FindInMap": ["M", "aws", "Host"]}, "}}"]]}),
            json!({"Fn::Sub": ["{{res${x}}}", {"x": {"Fn::FindInMap": ["M", "aws", "Host"]}}]}),
        ];
        for value in dynamic {
            assert!(codes_of(value.clone()).contains(&"render::cloudformation-syntax"), "{value}");
        }
    }

    #[test]
    fn unknown_functions_and_references_to_nothing_are_reported() {
        let foreign = [
            json!({"Fn::ImportValue": "x"}),
            json!({"Fn::Transform": {"Name": "AWS::Include"}}),
            json!({"Fn::GetStackOutput": "x"}),
            json!({"Fn::If": ["c", 1, 2]}),
            json!({"Fn::FindInMap": ["N", "aws", "Host"]}),
            json!({"Fn::FindInMap": ["M", "aws", "Host", {"DefaultValue": "x"}]}),
            json!({"Condition": "c"}),
            json!({"a": 1, "Fn::ImportValue": "x"}),
            json!("${Queue}"),
        ];
        for value in foreign {
            assert_eq!(codes_of(value.clone()), ["render::cloudformation-syntax"], "{value}");
        }
        let nothing = [
            json!({"Ref": "Quee"}),
            json!({"Fn::GetAtt": ["Gone", "Arn"]}),
            json!({"Fn::Sub": "${Gone.Arn}"}),
            json!({"Fn::Sub": "x ${AWS::Regions}"}),
        ];
        for value in nothing {
            assert_eq!(codes_of(value.clone()), ["render::unknown-reference"], "{value}");
        }
        let braced = json!({"Mappings": {"M": {"aws": {"Host": "{"}}}, "Resources": {}});
        let codes: Vec<&str> = walk(&braced, 0).into_iter().map(|finding| finding.code.name).collect();
        assert_eq!(codes, ["render::cloudformation-syntax"]);
        let template = json!({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": {"Type": "T", "DependsOn": ["B"]}}});
        let codes: Vec<&str> = walk(&template, 0).into_iter().map(|finding| finding.code.name).collect();
        assert_eq!(codes, ["render::cloudformation-syntax", "render::unknown-reference"]);
    }
}
