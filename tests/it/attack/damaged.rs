//! The seeds of the fuzz targets, each damaged in some hundred ways, through the same checks. A fault that the fuzzer
//! finds in an hour gets a seed of its own.

use std::collections::BTreeSet;
use std::path::Path;

use super::{any_answer, any_dead_letter, any_frames, any_plan};

/// Fragments that parsers treat specially.
const PIECES: [&[u8]; 12] = [
    b"<",
    b"</",
    b">",
    b"{",
    b"}",
    b"[",
    b"\"",
    b"\\u",
    b"&#x0;",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b"9999999999999999999",
];

/// Each seed of a folder unchanged, truncated at several positions, and damaged `times` times after the first `keep`
/// bytes.
fn damaged(folder: &str, keep: usize, times: usize, mut check: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder);
    // More cases, and others, for a search by hand.
    let more: u64 =
        std::env::var("PIPECTL_TEST_DAMAGE").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    let times = times * usize::try_from(more).expect("a number");
    let mut random = fastrand::Rng::with_seed(6 + more);
    let mut seeds: Vec<_> =
        std::fs::read_dir(&folder).expect("seeds").map(|entry| entry.expect("a seed").path()).collect();
    seeds.sort();
    assert!(seeds.len() > 3, "{}", folder.display());
    for seed in seeds {
        let whole = std::fs::read(&seed).expect("a seed");
        check(&whole);
        for _ in 0..times {
            let mut bytes = whole.clone();
            for _ in 0..random.usize(1..4) {
                damage(&mut bytes, keep, &mut random);
            }
            check(&bytes);
        }
    }
}

fn damage(bytes: &mut Vec<u8>, keep: usize, random: &mut fastrand::Rng) {
    if bytes.len() <= keep {
        return;
    }
    let at = random.usize(keep..bytes.len());
    let end = (at + random.usize(1..40)).min(bytes.len());
    match random.u8(0..6) {
        0 => bytes[at] = random.u8(..),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(at..end)),
        3 => {
            let piece = bytes[at..end].repeat(random.usize(1..50));
            bytes.splice(at..at, piece);
        }
        4 => bytes[at] ^= 1 << random.u8(0..8),
        _ => drop(bytes.splice(at..at, PIECES[random.usize(..PIECES.len())].iter().copied())),
    }
}

#[test]
fn damaged_answers_are_errors_or_values() {
    damaged("answers", 2, 100, |bytes| any_answer::ask(bytes, true));
}

#[test]
fn damaged_dead_letters_are_rows_or_reasons() {
    damaged("letters", 0, 1000, any_dead_letter::list);
}

#[test]
fn damaged_plans_are_refused() {
    let mut read = 0;
    damaged("plans", 0, 300, |bytes| read += usize::from(any_plan::read(bytes)));
    // A text within it is changed, so it is another plan.
    assert!(read > 10, "{read}");
}

#[test]
fn damaged_messages_of_an_editor_end_nothing_but_the_connection() {
    let mut answered = 0;
    damaged("frames", 0, 300, |bytes| answered += any_frames::converse(bytes));
    // Most damaged inputs are still conversations.
    assert!(answered > 1000, "{answered}");
}

/// `.ci/fuzz` reuses the crates that the tests' build compiled, and would otherwise build the SDK a second time.
#[test]
fn fuzz_targets_have_the_versions_that_the_repository_has() {
    let packages = |path: &str| {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
        let named = text.split("[[package]]").skip(1).map(|package| {
            let mut lines = package.trim().lines();
            let name = lines.next().unwrap_or_default().to_owned();
            (name, lines.next().unwrap_or_default().to_owned())
        });
        named.collect::<BTreeSet<_>>()
    };
    let (ours, fuzz) = (packages("Cargo.lock"), packages("tests/fuzz/Cargo.lock"));
    let names: BTreeSet<&String> = ours.iter().map(|(name, _)| name).collect();
    let other: Vec<_> = fuzz.difference(&ours).filter(|(name, _)| names.contains(name)).collect();
    assert!(
        fuzz.len() > 200 && other.is_empty(),
        "{other:?}: `cp Cargo.lock tests/fuzz/`, then `cargo metadata --manifest-path tests/fuzz/Cargo.toml`"
    );
}
