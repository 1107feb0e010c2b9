//! Invocations of all event sources, and invalid ones.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::any_invocation::answer;

/// The samples whose names begin with `prefix`, each with its bytes.
fn samples(prefix: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invocations");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.file_name().unwrap().to_str().unwrap().starts_with(prefix));
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

#[test]
fn what_is_not_from_a_queue_is_an_error() {
    let samples = samples("foreign-");
    assert!(samples.len() >= 25, "{} samples", samples.len());
    for (file, bytes) in samples {
        assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(), "{}", file.display());
        assert_eq!(answer(&bytes), None, "{}", file.display());
    }
    for bytes in ["", "null", "[]", "{", "{}", r#"{"Records":null}"#, r#"{"Records":[null,{"body":5}]}"#] {
        assert_eq!(answer(bytes.as_bytes()), None, "{bytes}");
    }
}

#[test]
fn a_queue_is_answered_by_name() {
    for (file, failures) in [
        ("queue-good", vec![]),
        ("queue-attributes", vec![]),
        ("queue-empty", vec![]),
        ("queue-without-data", vec![]),
        ("queue-mixed", vec!["m-2", "m-3"]),
        ("queue-odd", vec!["m-1"]),
        ("queue-blank-source", vec![]),
    ] {
        let (_, bytes) = samples(file).remove(0);
        let response = answer(&bytes).unwrap();
        let named: Vec<&str> = response.failures.iter().map(|failure| failure.message_id.as_str()).collect();
        assert_eq!(named, failures, "{file}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(bytes: Vec<u8>) {
        answer(&bytes);
    }

    /// Samples with bytes replaced, removed and repeated, as a fuzzer does it.
    #[test]
    fn no_damaged_sample_is_too_odd(
        sample in select(samples("")),
        damage in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Option<u8>>()), 1..6),
    ) {
        let mut bytes = sample.1;
        for (from, to, byte) in damage {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            match byte {
                Some(byte) => bytes[from] = byte,
                None if from < to => drop(bytes.drain(from..to.min(from + 40))),
                None => bytes.extend_from_within(to..from.min(to + 40)),
            }
            if bytes.is_empty() {
                return Ok(());
            }
        }
        answer(&bytes);
    }
}
