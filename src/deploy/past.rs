//! Reads the evidence: everything that was changed, by any kind of command.

use super::evidence::{Evidence, EvidenceOutcome};
use super::ledger::{ENDED, FOLDER};
use super::record::{Names, Record, Recorded, Skipped, VERSION, folder, names, read_newest};
use super::session::Session;
use crate::diagnostic::Failure;

/// The history of a stack, up to the requested number of entries.
pub struct Past {
    /// The applies, newest first.
    pub records: Vec<Record>,
    /// What each command changed, newest first, including applies.
    pub evidence: Vec<Evidence>,
    /// Entries of either kind that cannot be used.
    pub skipped: Vec<Skipped>,
}

/// The newest applies, and the newest changes of all kinds, at most `most` of each.
///
/// # Errors
/// A call to AWS failed.
pub async fn past(session: &Session, most: usize) -> Result<Past, Failure> {
    let Names { applies, others } = names(&session.clients, &session.store, &session.names.stack).await?;
    let others = newest(&others, &format!("{}{FOLDER}", folder(session)));
    let ((records, mut skipped), (mut evidence, others)) = tokio::try_join!(
        read_newest(session, applies.iter().rev(), most),
        read_newest::<Evidence>(session, &others, most),
    )?;
    skipped.extend(others);
    evidence.extend(alone(&records, &evidence));
    evidence.sort_by(|one, other| other.at.cmp(&one.at));
    evidence.truncate(most);
    Ok(Past { records, evidence, skipped })
}

impl Recorded for Evidence {
    fn version(&self) -> u32 {
        self.version
    }

    /// Nothing refers to it.
    fn named(self, _: &str) -> Self {
        self
    }
}

/// The applies that have only a record: those from before there was evidence, and interrupted ones.
fn alone(records: &[Record], evidence: &[Evidence]) -> Vec<Evidence> {
    let known =
        |record: &&Record| evidence.iter().any(|evidence| evidence.record.as_ref() == Some(&record.key));
    records.iter().filter(|record| !known(record)).map(of_record).collect()
}

/// For each command the object with the most content, newest first: the one of its end repeats that of its beginning.
fn newest(names: &[String], below: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut names: Vec<&String> = names.iter().filter(|name| name.starts_with(below)).collect();
    names.sort_by(|one, other| other.cmp(one));
    let ended: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(ENDED)).collect();
    for name in names {
        let is_repeated = name.strip_suffix(".json").is_some_and(|stem| ended.contains(&stem));
        if !is_repeated {
            found.push(name.clone());
        }
    }
    found
}

fn of_record(record: &Record) -> Evidence {
    let Record { key, at, by, spec, spec_digest, git, pipectl, result, changes, .. } = record.clone();
    let operation = if result == "rolled back" { "rollback" } else { "apply" };
    Evidence {
        version: VERSION,
        at: at.clone(),
        ended: Some(at),
        by,
        spec,
        spec_digest,
        git,
        pipectl,
        operation: operation.to_owned(),
        complete: true,
        outcome: Some(EvidenceOutcome { changes: Some(changes), ..EvidenceOutcome::of(&result) }),
        record: Some(key),
        ..Evidence::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_two_objects_the_one_of_the_end_is_read() {
        let names = [
            "s/operations/20260101T000000000Z-purge.json",
            "s/operations/20260102T000000000Z-apply-0a1b2c3d-ended.json",
            "s/operations/20260102T000000000Z-apply-0a1b2c3d.json",
            "s/operations/20260103T000000000Z-destroy-00000000.json",
            "s/other/20260104T000000000Z.json",
        ];
        let found = newest(&names.map(str::to_owned), "s/operations/");
        assert_eq!(found, [names[3], names[1], names[0]], "an older one, and one that did not end, too");
    }

    /// The suffix of a key differed in the past, and others may have written to the bucket.
    #[test]
    fn an_apply_is_known_by_the_object_that_holds_it() {
        let record = |key: &str, at: &str| {
            Record {
            key: key.to_owned(),
            ..serde_json::from_value(json!({
                "version": 1, "at": at, "by": "arn", "spec": "s.yaml", "pipectl": "0.1.0", "result": "updated",
                "changes": "1 to modify", "content": {"template": {}, "parameters": {}, "tags": {}},
            }))
            .expect("a record")
        }
        };
        let recorded = Evidence {
            record: Some("stacks/s/20260102T000000000Z-old.json".to_owned()),
            ..Evidence::default()
        };
        let records = [
            record("stacks/s/20260103T000000000Z-new.json", "of another form"),
            record("stacks/s/20260102T000000000Z-old.json", "2026-01-02T00:00:00Z"),
        ];
        let alone: Vec<Option<String>> =
            alone(&records, &[recorded]).into_iter().map(|evidence| evidence.record).collect();
        assert_eq!(alone, [Some(records[0].key.clone())]);
    }

    #[test]
    fn a_record_of_an_older_version_is_read() {
        let old = r#"{"version":1,"at":"2026-01-01T00:00:00Z","ended":null,"by":"arn","spec":"s.yaml","pipectl":"0.1.0",
            "operation":"purge","queue":"q","chosen":"--all","sent":0,"deleted":3,"complete":false}"#;
        let evidence: Evidence = serde_json::from_str(old).expect("a deed");
        assert_eq!((evidence.deleted, evidence.outcome, evidence.git), (Some(3), None, None));
        assert_eq!(evidence.consents, [] as [&str; 0]);
    }
}
