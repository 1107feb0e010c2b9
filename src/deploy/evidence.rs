//! The evidence as it is read: all that was changed, whatever kind of command did it.

use super::deed::{Deed, Outcome};
use super::deeds::{ENDED, FOLDER};
use super::record::{Names, Record, Skipped, VERSION, folder, key, names, read_as, read_newest};
use super::session::Session;
use crate::diagnostic::Failure;

/// What was done to a stack, as far as it was asked for.
pub struct Past {
    /// The applies, newest first.
    pub records: Vec<Record>,
    /// What each command changed, newest first, the applies included.
    pub deeds: Vec<Deed>,
    /// What cannot be used of either.
    pub skipped: Vec<Skipped>,
}

/// The newest applies and the newest of all that was changed, at most `most` of each.
///
/// # Errors
/// What the calls say.
pub async fn past(session: &Session, most: usize) -> Result<Past, Failure> {
    let Names { applies, others } = names(&session.clients, &session.store, &session.names.stack).await?;
    let (records, mut skipped) = read_newest(session, &applies, most).await?;
    let below = format!("{}{FOLDER}", folder(session));
    let mut deeds = Vec::new();
    for name in newest(&others, &below) {
        if deeds.len() == most {
            break;
        }
        match read_as(session, &name, |deed: &Deed| deed.version).await? {
            Ok(deed) => deeds.push(deed),
            Err(one) => skipped.push(one),
        }
    }
    // An apply of before there was evidence, and one that was cut off, have a record alone.
    let alone = records.iter().filter_map(|record| {
        let key = key(session, record.at.parse().ok()?, &record.content);
        let is_alone = !deeds.iter().any(|deed| deed.record.as_ref() == Some(&key));
        is_alone.then(|| of_record(record, key))
    });
    let alone: Vec<Deed> = alone.collect();
    deeds.extend(alone);
    deeds.sort_by(|one, other| other.at.cmp(&one.at));
    deeds.truncate(most);
    Ok(Past { records, deeds, skipped })
}

/// Of each command the object that says most, newest first: the one of its end repeats that of its beginning.
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

fn of_record(record: &Record, key: String) -> Deed {
    let Record { at, by, spec, spec_digest, git, pipectl, result, changes, .. } = record.clone();
    let operation = if result == "rolled back" { "rollback" } else { "apply" };
    Deed {
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
        outcome: Some(Outcome { changes: Some(changes), ..Outcome::of(&result) }),
        record: Some(key),
        ..Deed::default()
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_deed_of_before_there_was_evidence_is_read() {
        let old = r#"{"version":1,"at":"2026-01-01T00:00:00Z","ended":null,"by":"arn","spec":"s.yaml","pipectl":"0.1.0",
            "operation":"purge","queue":"q","chosen":"--all","sent":0,"deleted":3,"complete":false}"#;
        let deed: Deed = serde_json::from_str(old).expect("a deed");
        assert_eq!((deed.deleted, deed.outcome, deed.git), (Some(3), None, None));
        assert_eq!(deed.consents, [] as [&str; 0]);
    }
}
