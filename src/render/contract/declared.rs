//! The line of a copied template that declares what it satisfies.

use std::collections::BTreeSet;

use super::super::templates::Templates;

/// The beginning of a declaration.
pub(super) const DECLARATION: &str = "{# contract";
/// What a copy without a declaration satisfies: the contract of pipectl 0.1.0, which had no declarations.
const UNDECLARED: &str = "grants: dynamodb:PutItem dynamodb:GetItem sqs:ReceiveMessage sqs:DeleteMessage sqs:GetQueueAttributes \
     logs:CreateLogStream logs:PutLogEvents kms:Decrypt xray:PutTraceSegments xray:PutTelemetryRecords; \
     environment: EVENTS_TABLE_NAME ENVIRONMENT PIPELINE_CONFIG; files: bootstrap";

/// The declarations of custom templates about what cannot be seen.
#[derive(Debug, Default)]
pub(super) struct Declared {
    pub(super) grants: BTreeSet<String>,
    pub(super) files: BTreeSet<String>,
    /// Links of the pipeline that are created elsewhere.
    pub(super) delivery: BTreeSet<String>,
}

impl Declared {
    pub(super) fn of(templates: &Templates<'_>) -> Self {
        let texts = templates.users().iter().filter_map(|user| declaration(user.text));
        let mut declared = Self::default();
        let mut declares_processor = false;
        for text in texts {
            declares_processor |= declared.read(text);
        }
        if !declares_processor {
            declared.read(UNDECLARED);
        }
        declared
    }

    /// Whether it declares anything about the processor.
    pub(super) fn read(&mut self, text: &str) -> bool {
        let mut declares_processor = false;
        for part in text.split(';') {
            let Some((key, words)) = part.split_once(':') else { continue };
            let words = words.split([' ', ',', '\n', '\t', '\r']).filter(|word| !word.is_empty());
            match key.trim() {
                "grants" => self.grants.extend(words.map(str::to_owned)),
                "files" => self.files.extend(words.map(str::to_owned)),
                "delivery" => {
                    self.delivery.extend(words.map(str::to_owned));
                    continue;
                }
                // An environment is visible in the template itself.
                _ => {}
            }
            declares_processor = true;
        }
        declares_processor
    }
}

/// The text of a template's declaration.
pub(super) fn declaration(text: &str) -> Option<&str> {
    let (_, remainder) = text.split_once(DECLARATION)?;
    Some(remainder.split_once("#}")?.0)
}
