//! The result of a call in a proof, and its expected result.

use serde_json::Value;

use super::refusal::escaped;

/// The result of a call.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) text: String,
}

pub(crate) struct ChangeSet {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) reason: String,
}

impl ChangeSet {
    #[track_caller]
    pub(crate) fn failed(&self, reason: &str) {
        assert_eq!((self.status.as_str(), self.reason.contains(reason)), ("FAILED", true), "{}", self.reason);
    }

    #[track_caller]
    pub(crate) fn ready(self) -> String {
        assert_eq!(self.status, "CREATE_COMPLETE", "{}", self.reason);
        self.id
    }
}

impl Reply {
    #[track_caller]
    pub(crate) fn taken(self) -> String {
        assert!(self.status < 300, "{} {}", self.status, self.text);
        self.text
    }

    #[track_caller]
    pub(crate) fn refused(self, code: &str, words: &str) {
        assert!(self.status >= 400, "it was taken: {}", self.text);
        let plain = serde_json::from_str::<Value>(&self.text).map_or_else(
            |_| self.text.clone(),
            |value| {
                format!(
                    "{} {}",
                    value["__type"].as_str().unwrap_or(""),
                    value["message"].as_str().unwrap_or("")
                )
            },
        );
        let plain: String = plain.chars().take(2_000).collect();
        let words = if plain.starts_with('<') { escaped(words) } else { words.to_owned() };
        assert!(plain.contains(code) && plain.contains(&words), "`{code}: {words}` is not in {plain}");
    }
}
