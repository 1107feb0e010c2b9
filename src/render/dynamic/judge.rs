//! Whether the parts could be a dynamic reference.

use super::Suspicion;
use super::evaluate::{Evaluator, TooMany};
use super::piece::{Piece, Pieces};

/// The beginning of a dynamic reference. Case and blanks are ignored, because it is not documented how CloudFormation
/// treats them.
const BEGINNING: [char; 10] = ['{', '{', 'r', 'e', 's', 'o', 'l', 'v', 'e', ':'];
/// Characters of the beginning that are braces.
const BRACES: usize = 2;

/// How much of a dynamic reference a text has at one point.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    /// Indexed by the number of characters of the beginning that were just read: how much of them is known text.
    read: [Given; BEGINNING.len() + 1],
    /// Unknown text was read, and since then only text that the end of a reference may contain.
    open: bool,
    /// The same, followed by one closing brace.
    closing: bool,
    found: bool,
}

/// How much of a part of the beginning is known text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Given {
    /// There is no such part here.
    #[default]
    Absent,
    /// All of it is unknown text.
    Nothing,
    /// A letter or a colon, which many texts have.
    Little,
    /// A brace, or two letters.
    Enough,
}

impl Given {
    fn and(self, character: char) -> Self {
        match (self, character) {
            (Self::Absent, _) => Self::Absent,
            (_, '{') | (Self::Little | Self::Enough, _) => Self::Enough,
            (Self::Nothing, ':') => Self::Nothing,
            (Self::Nothing, _) => Self::Little,
        }
    }
}

/// The possible result of a text.
pub(super) fn judge(pieces: &Pieces, evaluator: &Evaluator<'_>) -> Result<Option<Suspicion>, TooMany> {
    if has_reference(pieces, evaluator)? {
        return Ok(Some(Suspicion::Certain));
    }
    let mut start = State::default();
    start.read[0] = Given::Nothing;
    let unknown = !matches!(pieces.as_slice(), [] | [Piece::Text(_)]);
    let end = after(start, pieces, evaluator)?;
    Ok(end.found.then_some(if unknown { Suspicion::Possible } else { Suspicion::Certain }))
}

/// Whether the known pieces alone, joined, contain the beginning of a reference.
fn has_reference(pieces: &Pieces, evaluator: &Evaluator<'_>) -> Result<bool, TooMany> {
    let beginning: String = BEGINNING.iter().collect();
    let mut plain = String::new();
    let in_a_choice = side_by_side(pieces, evaluator, &mut plain)?;
    Ok(in_a_choice || plain.contains(&beginning))
}

/// Adds the known text, with a mark for unknown text or a choice; returns whether one of a choice has a reference.
fn side_by_side(pieces: &Pieces, evaluator: &Evaluator<'_>, plain: &mut String) -> Result<bool, TooMany> {
    for piece in pieces {
        evaluator.spend(1)?;
        match piece {
            Piece::Text(text) => {
                evaluator.spend(text.len())?;
                let characters = text.chars().filter(|character| !character.is_whitespace());
                plain.extend(characters.flat_map(char::to_lowercase));
            }
            Piece::Made | Piece::Foreign => plain.push('\0'),
            Piece::Either(texts) if texts.len() == 1 => {
                if side_by_side(&texts[0], evaluator, plain)? {
                    return Ok(true);
                }
            }
            Piece::Either(texts) => {
                for text in texts.iter() {
                    if has_reference(text, evaluator)? {
                        return Ok(true);
                    }
                }
                plain.push('\0');
            }
        }
    }
    Ok(false)
}

fn after(mut state: State, pieces: &Pieces, evaluator: &Evaluator<'_>) -> Result<State, TooMany> {
    for piece in pieces {
        evaluator.spend(1)?;
        match piece {
            Piece::Text(text) => {
                evaluator.spend(text.len())?;
                for character in text.chars().filter(|character| !character.is_whitespace()) {
                    state.known(character.to_lowercase().next().unwrap_or(character));
                }
            }
            Piece::Made => state.made(),
            Piece::Foreign => state.foreign(),
            Piece::Either(texts) => {
                let mut together = State::default();
                for text in texts.iter() {
                    together.take_in(&after(state.clone(), text, evaluator)?);
                }
                state = together;
            }
        }
        if state.found {
            break;
        }
    }
    Ok(state)
}

impl State {
    fn known(&mut self, character: char) {
        for length in (0..BEGINNING.len()).rev() {
            self.read[length + 1] =
                if BEGINNING[length] == character { self.read[length].and(character) } else { Given::Absent };
        }
        // `closing` and `open` are separate, so that a choice may have both.
        self.found |= self.closing && character == '}';
        self.closing = self.open && character == '}';
        self.open &= character.is_ascii_alphanumeric() || "-_./:+=,@".contains(character);
        self.judge();
    }

    /// Any text without a brace, or none: it may complete a beginning.
    fn made(&mut self) {
        for length in BRACES..BEGINNING.len() {
            self.read[length + 1] = self.read[length + 1].max(self.read[length]);
        }
        self.judge();
    }

    /// Any text: it may begin a reference, and complete one.
    fn foreign(&mut self) {
        for length in 0..BEGINNING.len() {
            self.read[length + 1] = self.read[length + 1].max(self.read[length]);
        }
        self.open = true;
        self.judge();
    }

    fn judge(&mut self) {
        self.found |= self.read[BEGINNING.len()] == Given::Enough;
    }

    fn take_in(&mut self, other: &Self) {
        for (mine, theirs) in self.read.iter_mut().zip(other.read) {
            *mine = (*mine).max(theirs);
        }
        self.open |= other.open;
        self.closing |= other.closing;
        self.found |= other.found;
    }
}
