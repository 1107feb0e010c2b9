//! The fields of the processor's log lines that pipectl counts.

use serde::Deserialize;

/// A line of the processor that is counted: about a batch, a canary or rejected messages. Missing counts are 0.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProcessorLine {
    /// The kind of line: `batch`, `canary`, `rejections` and others.
    pub(super) message: String,
    pub(super) request_id: String,
    pub(super) records: u64,
    pub(super) written: u64,
    pub(super) duplicates: u64,
    pub(super) superseded: u64,
    pub(super) erased: u64,
    pub(super) dead_letters: u64,
    #[serde(rename = "Reason")]
    pub(super) reason: String,
    #[serde(rename = "Rejections")]
    pub(super) rejections: u64,
    #[serde(rename = "SloGood")]
    pub(super) good: u64,
    #[serde(rename = "SloBad")]
    pub(super) bad: u64,
    #[serde(rename = "SloUncounted")]
    pub(super) uncounted: u64,
}

impl ProcessorLine {
    /// `None`: the line is of another program, or has another form.
    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
