//! The seeds of the fuzz targets, each damaged in some hundred ways, through the same checks: what the fuzzer finds in an
//! hour stays found by a seed of its own.

use std::path::Path;

use super::{any_answer, any_letter, any_plan};

/// Pieces that parsers have opinions about.
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

/// Each seed of a folder whole, cut at each of some places, and damaged `times` times from the `keep`th byte on.
fn damaged(folder: &str, keep: usize, times: usize, mut check: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(folder);
    // More, and others, for whoever looks for something.
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
    damaged("letters", 0, 1000, any_letter::list);
}

#[test]
fn damaged_plans_are_refused() {
    let mut read = 0;
    damaged("plans", 0, 300, |bytes| read += usize::from(any_plan::read(bytes)));
    // A text within is changed, and it is another plan.
    assert!(read > 10, "{read}");
}
