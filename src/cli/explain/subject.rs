//! One topic of `explain`: its page and its JSON.

use processor::reason::{Class, Reason};
use serde_json::{Value, json};

use super::limit::limit;
use super::topics::{self, EXIT, JSON};
use crate::cli::EXIT_CODES;
use crate::diagnostic::Code;
use crate::report::narrowed;
use crate::validate::{Field, field, nearest_few};

/// The field whose policies `--policy` prints.
const KEYS: &str = "encryption";
const SHAPES: &str = include_str!("../../../docs/json.md");
/// Topics that are suggested for an unknown one.
const SUGGESTED: usize = 3;

/// What can be explained.
pub(super) enum Subject {
    Code(Code),
    Field(Field),
    Reason(Reason),
    ExitCodes,
    /// The page about the formats of JSON output.
    Json,
}

impl Subject {
    pub(super) fn find(name: &str) -> Option<Self> {
        let code = Code::find(name).map(Self::Code);
        let reason = || Reason::of_code(name).map(Self::Reason);
        let other = || match name {
            EXIT => Some(Self::ExitCodes),
            JSON => Some(Self::Json),
            _ => None,
        };
        code.or_else(|| field(name).map(Self::Field)).or_else(reason).or_else(other)
    }

    /// Its text for people in lines of at most `width` columns: the name, an empty line, and paragraphs.
    pub(super) fn page(&self, name: &str, width: usize) -> String {
        if matches!(self, Self::Json) {
            return self.text();
        }
        let mut page = format!("{name}\n\n{}\n", self.text());
        for (label, value) in self.facts() {
            page.push_str(&format!("\n{label:<8} {value}"));
        }
        if name == KEYS {
            page.push_str("\n\n`pipectl explain encryption --policy SPEC` prints what the policies of KMS keys must allow");
        }
        narrowed(page.trim_end(), width)
    }

    pub(super) fn document(&self, name: &str) -> Value {
        let mut document = json!({"version": 1, "name": name, "kind": self.kind(), "text": self.text()});
        for (label, value) in self.facts() {
            document[label] = value.into();
        }
        document
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Code(_) => topics::CODE,
            Self::Field(_) => topics::FIELD,
            Self::Reason(_) => topics::REASON,
            Self::ExitCodes | Self::Json => topics::OTHER,
        }
    }

    /// What is shown below the text, each with its label.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let facts = match self {
            Self::Code(code) => vec![("limit", limit(code.name))],
            Self::Field(field) => {
                let Field { takes, default, example, .. } = field;
                vec![("takes", takes.clone()), ("default", default.clone()), ("example", example.clone())]
            }
            Self::Reason(_) | Self::ExitCodes | Self::Json => Vec::new(),
        };
        facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
    }

    fn text(&self) -> String {
        match self {
            Self::Code(code) => code.explanation.to_owned(),
            Self::Field(field) => field.description.clone(),
            Self::Reason(reason) => {
                let again = match reason.class() {
                    Class::Permanent => "The same event fails every time it is tried.",
                    Class::Transient => "The event is tried again: another attempt may succeed.",
                };
                format!("{} {again}", reason.explanation())
            }
            Self::ExitCodes => EXIT_CODES.trim_start_matches("Exit codes:\n").to_owned(),
            Self::Json => SHAPES.to_owned(),
        }
    }
}

/// The topics whose names are most similar to a wrong one.
pub(super) fn nearest(name: &str) -> Vec<String> {
    let groups = topics::groups();
    let known = groups.iter().flat_map(|group| &group.topics).map(|topic| topic.name.as_str());
    nearest_few(name, known, SUGGESTED).into_iter().map(str::to_owned).collect()
}
