use serde::Serialize;

use super::{pairs, printable};
use crate::verify::{Check, Hop, State};

/// The findings of `verify`. Public JSON shape.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    pub version: u32,
    pub stack: String,
    /// Whether nothing is broken, as far as it could be read.
    pub verified: bool,
    pub checks: Vec<CheckLine>,
    pub canary: CanaryLine,
}

/// One hop, and the command that fixes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckLine {
    #[serde(flatten)]
    pub check: Check,
    pub repair: Option<String>,
}

/// The result of the canary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CanaryLine {
    pub sent: bool,
    /// Why it was not sent, where it was lost, or why its row was not deleted.
    pub why: Option<String>,
    /// The broken hop.
    pub hop: Option<Hop>,
    /// EventBridge's id of it.
    pub event_id: Option<String>,
    /// Whether its row was found.
    pub stored: bool,
    /// Why code of the user's own rejects an event like it: its row was written without that code.
    pub rejected_by_code: Option<String>,
    /// Whether its row was deleted.
    pub deleted: bool,
    /// The known times from one hop to the next.
    pub hops: Vec<HopTime>,
    /// From sending it until its row was found.
    pub milliseconds: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HopTime {
    pub from: &'static str,
    pub to: &'static str,
    pub milliseconds: i64,
}

impl Verification {
    /// The broken hops, each with its fault, that of the canary last.
    #[must_use]
    pub fn faults(&self) -> Vec<(Hop, String)> {
        let broken = self.checks.iter().filter(|line| line.check.state == State::Broken);
        let mut faults: Vec<(Hop, String)> = broken
            .map(|line| {
                let Check { hop, resource, seen, .. } = &line.check;
                (*hop, format!("`{resource}`: {}", seen.as_deref().unwrap_or_default()))
            })
            .collect();
        let canary = &self.canary;
        faults.extend(canary.hop.map(|hop| (hop, canary.why.clone().unwrap_or_default())));
        faults
    }
}

/// The same for people: a line for each hop, then the canary's path. `brief`: one line for all healthy ones.
#[must_use]
pub fn verification_text(found: &Verification, brief: bool) -> String {
    let mut text = String::new();
    let in_order = found.checks.iter().filter(|line| line.check.state == State::Ok).count();
    if brief {
        text.push_str(&format!("  ✓ {in_order} hops match the template\n"));
    }
    let shown = found.checks.iter().filter(|line| !brief || line.check.state != State::Ok);
    for CheckLine { check, repair } in shown {
        let sign = match check.state {
            State::Ok => '✓',
            State::Broken => '✗',
            State::NotChecked => '○',
        };
        let resource = printable(&check.resource);
        text.push_str(&format!("  {sign} {:<18}{resource}", check.hop.name()));
        let seen = printable(check.seen.as_deref().unwrap_or_default());
        match check.state {
            State::Ok => text.push('\n'),
            State::NotChecked => text.push_str(&format!("\n{:22}not checked: {seen}\n", "")),
            State::Broken => {
                let expected = printable(check.expected.as_deref().unwrap_or_default());
                text.push_str(&format!("\n{:22}{seen}\n{:22}by the template, {expected}\n", "", ""));
                if let Some(repair) = repair {
                    text.push_str(&format!("{:22}repair: {}\n", "", printable(repair)));
                }
            }
        }
    }
    text.push('\n');
    text.push_str(&canary_text(&found.canary));
    text
}

fn canary_text(canary: &CanaryLine) -> String {
    let why = printable(canary.why.as_deref().unwrap_or_default());
    if !canary.sent {
        return pairs([("canary", format!("not sent: {why}"))]);
    }
    if !canary.stored {
        let hop = canary.hop.map_or("", Hop::name);
        return pairs([("canary", format!("lost at `{hop}`: {why}"))]);
    }
    let times = canary.hops.iter();
    let times = times.map(|hop| (format!("{} → {}", hop.from, hop.to), format!("{} ms", hop.milliseconds)));
    let mut lines: Vec<(String, String)> = times.collect();
    let total = canary.milliseconds.unwrap_or_default();
    let row = if canary.deleted {
        "deleted".to_owned()
    } else {
        format!("not deleted, it expires in an hour: {why}")
    };
    lines.extend([("canary".to_owned(), format!("a row after {total} ms")), ("its row".to_owned(), row)]);
    lines.extend(canary.rejected_by_code.as_deref().map(|rejection| {
        let words = format!(
            "rejects this event ({}), so its row was written without it; name an event that it accepts under `bus.samples.match`",
            printable(rejection)
        );
        ("own code".to_owned(), words)
    }));
    pairs(lines.iter().map(|(name, value)| (name.as_str(), value.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_own_code_rejects_is_no_fault_and_is_reported() {
        let rejection = "rejected-by-code: the carrier is unknown".to_owned();
        let canary = CanaryLine { sent: true, stored: true, deleted: true, ..CanaryLine::default() };
        assert!(!canary_text(&canary).contains("own code"));
        let canary = CanaryLine { rejected_by_code: Some(rejection.clone()), ..canary };
        let text = canary_text(&canary);
        assert!(text.contains(&rejection) && text.contains("`bus.samples.match`"), "{text}");
        let checks = Vec::new();
        let found = Verification { version: 1, stack: "s".to_owned(), verified: true, checks, canary };
        assert_eq!(found.faults(), []);
    }
}
