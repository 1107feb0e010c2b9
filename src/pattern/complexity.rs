//! The complexity of a field's wildcards, as EventBridge measures it: in how many states its machine can be at once.
//!
//! A state is a prefix of a wildcard that matches the text read so far, such as `*`, `*/` and `*/*` for `*/*/hub` after a
//! slash. The measure is the highest number of them that any text reaches, over all wildcards of one field. Texts are
//! compared with their quotes, in bytes, as in event-ruler's `MachineComplexityEvaluator`. For a wildcard written twice,
//! and for several in one `anything-but`, that machine may have one or two states more.

use std::collections::{HashMap, HashSet};

use super::wildcard::Wildcard;

/// The most states that are accepted. AWS has accepted 9 and refused 11.
pub(super) const MOST: usize = 10;

/// Represents a star in a prefix; bytes are below it.
const STAR: u16 = 256;
/// Represents the whole of any wildcard of a group.
const WHOLE: u16 = 257;

/// A wildcard's pieces between the stars; the first one begins with the text's quote and the last one ends with it.
struct Pieces {
    /// The states of each piece: how many bytes of it have matched, from 0 on.
    states: Vec<Vec<usize>>,
    bytes: Vec<Vec<u8>>,
}

/// One wildcard, or those of one `anything-but`, whose common prefixes count once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group<'a> {
    pub(super) negated: bool,
    pub(super) wildcards: Vec<&'a Wildcard>,
}

/// The measure of the wildcards of one field.
pub(super) fn measure(groups: &[Group<'_>]) -> usize {
    let mut names = HashMap::new();
    let mut wildcards = Vec::new();
    for (group, one) in groups.iter().enumerate().filter(|(index, one)| !groups[..*index].contains(one)) {
        let pieces =
            one.wildcards.iter().map(|wildcard| Pieces::of(wildcard, group, groups.len(), &mut names));
        wildcards.extend(pieces);
    }
    let beginnings: HashSet<&[u8]> = wildcards.iter().filter_map(Pieces::beginning).collect();
    let most =
        beginnings.into_iter().map(|text| while_reading(&wildcards, text).max(behind(&wildcards, text)));
    most.max().unwrap_or_default()
}

impl Pieces {
    fn of(
        wildcard: &Wildcard,
        group: usize,
        groups: usize,
        names: &mut HashMap<(usize, u16), usize>,
    ) -> Self {
        let mut bytes: Vec<Vec<u8>> = wildcard.pieces().map(|piece| piece.as_bytes().to_vec()).collect();
        if let Some(first) = bytes.first_mut() {
            first.insert(0, b'"');
        }
        if let Some(last) = bytes.last_mut() {
            last.push(b'"');
        }
        // Numbers below that of the groups are their starts.
        let mut state = group;
        let mut next = |token: u16| {
            let free = groups + names.len();
            state = *names.entry((state, token)).or_insert(free);
            state
        };
        let mut states = Vec::new();
        for (index, piece) in bytes.iter().enumerate() {
            let begun = if index == 0 { group } else { next(STAR) };
            let read = piece.iter().map(|byte| next(u16::from(*byte)));
            states.push([begun].into_iter().chain(read.collect::<Vec<_>>()).collect());
        }
        // Where a whole wildcard has matched, the engine only knows the group.
        let free = groups + names.len();
        if let Some(whole) = states.last_mut().and_then(|states: &mut Vec<usize>| states.last_mut()) {
            *whole = *names.entry((group, WHOLE)).or_insert(free);
        }
        Self { states, bytes }
    }

    /// The required prefix of a text.
    fn beginning(&self) -> Option<&[u8]> {
        self.bytes.first().map(Vec::as_slice)
    }

    /// The pieces after stars, each with its states.
    fn behind_stars(&self) -> impl Iterator<Item = (&[u8], &[usize])> {
        self.bytes
            .iter()
            .zip(&self.states)
            .skip(1)
            .map(|(bytes, states)| (bytes.as_slice(), states.as_slice()))
    }
}

/// The most states at once while `text` is read.
fn while_reading(wildcards: &[Pieces], text: &[u8]) -> usize {
    let mut active: Vec<HashSet<(usize, usize)>> = vec![HashSet::from([(0, 0)]); wildcards.len()];
    let mut most = 0;
    for byte in text {
        let mut states: HashSet<usize> = HashSet::new();
        for (wildcard, active) in wildcards.iter().zip(&mut active) {
            let mut reached = HashSet::new();
            for (piece, read) in active.drain() {
                // A star matches any byte.
                if piece > 0 && read == 0 {
                    reached.insert((piece, 0));
                }
                let Some(bytes) = wildcard.bytes.get(piece) else { continue };
                if bytes.get(read) == Some(byte) {
                    reached.insert((piece, read + 1));
                    if read + 1 == bytes.len() && piece + 1 < wildcard.bytes.len() {
                        reached.insert((piece + 1, 0));
                    }
                }
            }
            states.extend(
                reached.iter().filter_map(|(piece, read)| wildcard.states.get(*piece)?.get(*read).copied()),
            );
            *active = reached;
        }
        most = most.max(states.len());
    }
    most
}

/// The most states at once after a text that begins with `text` and has passed every star it can: no text leaves a star
/// again, and the following text is arbitrary.
fn behind(wildcards: &[Pieces], text: &[u8]) -> usize {
    let alive = wildcards.iter().filter(|one| one.beginning().is_some_and(|begun| text.starts_with(begun)));
    let pieces: Vec<(&[u8], &[usize])> = alive.flat_map(Pieces::behind_stars).collect();
    let stars: HashSet<usize> = pieces.iter().filter_map(|(_, states)| states.first().copied()).collect();
    // The longest prefix that a text ends with determines which others it ends with.
    let ends: HashSet<&[u8]> =
        pieces.iter().flat_map(|(bytes, _)| (1..=bytes.len()).filter_map(|end| bytes.get(..end))).collect();
    let read = |end: &[u8]| -> usize {
        let mut states: HashSet<usize> = HashSet::new();
        for (bytes, of_piece) in &pieces {
            let fits = (1..=bytes.len().min(end.len()))
                .filter(|length| bytes.get(..*length).is_some_and(|begun| end.ends_with(begun)));
            states.extend(fits.filter_map(|length| of_piece.get(length).copied()));
        }
        states.len()
    };
    stars.len() + ends.into_iter().map(read).max().unwrap_or_default()
}
