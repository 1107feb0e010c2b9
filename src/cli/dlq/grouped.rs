//! Dead letters by reason, of which a few are in memory.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::explained::Explained;
use crate::report::{DeadLetterGroup, DeadLetterLine};

/// Messages by reason. Only two of each are stored, so memory does not grow with their number.
#[derive(Default)]
pub(super) struct Groups {
    by_reason: BTreeMap<&'static str, Group>,
}

struct Group {
    count: usize,
    first: (Option<i64>, Option<String>),
    newest: (Option<i64>, Option<String>, DeadLetterLine),
    explanations: BTreeMap<String, usize>,
    failed_again: usize,
}

impl Groups {
    pub(super) fn add(&mut self, one: &Explained) {
        let at = one.sent_at_millisecond;
        let group = self.by_reason.entry(one.reason).or_insert_with(|| Group {
            count: 0,
            first: (at, one.sent_at()),
            newest: (at, one.sent_at(), one.line()),
            explanations: BTreeMap::new(),
            failed_again: 0,
        });
        group.count += 1;
        group.failed_again += usize::from(one.redriven.is_some());
        *group.explanations.entry(one.words()).or_default() += 1;
        if at < group.first.0 {
            group.first = (at, one.sent_at());
        }
        if at >= group.newest.0 {
            group.newest = (at, one.sent_at(), one.line());
        }
    }

    /// The number of messages of a reason.
    pub(super) fn count(&self, reason: &str) -> usize {
        self.by_reason.get(reason).map_or(0, |group| group.count)
    }

    /// The number of all messages.
    pub(super) fn total(&self) -> usize {
        self.by_reason.values().map(|group| group.count).sum()
    }

    /// The groups, the most frequent first.
    pub(super) fn into_list(self) -> Vec<DeadLetterGroup> {
        let group = |(reason, group): (&'static str, Group)| {
            let mut explanations: Vec<(String, usize)> = group.explanations.into_iter().collect();
            explanations.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            DeadLetterGroup {
                reason,
                count: group.count,
                first: group.first.1,
                last: group.newest.1,
                explanations,
                failed_again: group.failed_again,
                newest: group.newest.2,
            }
        };
        let mut groups: Vec<DeadLetterGroup> = self.by_reason.into_iter().map(group).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }
}

/// The JSON for programs.
pub(super) fn entry(group: &DeadLetterGroup) -> Value {
    let explanations: Vec<Value> = group
        .explanations
        .iter()
        .map(|(explanation, count)| json!({"explanation": explanation, "count": count}))
        .collect();
    json!({
        "reason": group.reason, "count": group.count, "first_sent_at": group.first, "last_sent_at": group.last,
        "explanations": explanations, "failed_again": group.failed_again, "newest": group.newest.message_id,
    })
}
