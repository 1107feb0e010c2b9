//! Whether the parts could be a dynamic reference.

use super::Suspicion;
use super::evaluate::{Evaluator, TooMany};
use super::piece::{Piece, Pieces};

/// What a dynamic reference begins with. Case and blanks do not count: what CloudFormation makes of them is not written.
const BEGINNING: [char; 10] = ['{', '{', 'r', 'e', 's', 'o', 'l', 'v', 'e', ':'];
/// Characters of the beginning that are braces.
const BRACES: usize = 2;

/// How far a text is on the way to a dynamic reference, at one point of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct State {
    /// By the number of characters of the beginning that were just read: what known text gave of them.
    read: [Given; BEGINNING.len() + 1],
    /// What is not seen was read, and since then only what the rest of a reference may hold.
    open: bool,
    /// And after it one closing brace.
    closing: bool,
    found: bool,
}

/// What known text gave of the part of a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Given {
    /// There is no such part here.
    #[default]
    Absent,
    /// All of it is from what is not seen.
    Nothing,
    /// A letter or a colon, as many texts have.
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

/// What a text may turn out to be.
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

/// Whether the known pieces alone, as they stand side by side, have the beginning of a reference.
fn has_reference(pieces: &Pieces, evaluator: &Evaluator<'_>) -> Result<bool, TooMany> {
    let beginning: String = BEGINNING.iter().collect();
    let mut plain = String::new();
    let in_a_choice = side_by_side(pieces, evaluator, &mut plain)?;
    Ok(in_a_choice || plain.contains(&beginning))
}

/// Adds the known text, with a mark where there is none or a choice; whether one of a choice has a reference.
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
        // `closing` and `open` are told apart, so that a choice may be in both.
        self.found |= self.closing && character == '}';
        self.closing = self.open && character == '}';
        self.open &= character.is_ascii_alphanumeric() || "-_./:+=,@".contains(character);
        self.judge();
    }

    /// Any text without a brace: it may be what a beginning lacks, also nothing.
    fn made(&mut self) {
        for length in BRACES..BEGINNING.len() {
            self.read[length + 1] = self.read[length + 1].max(self.read[length]);
        }
        self.judge();
    }

    /// Any text: it may begin a reference, and be what one lacks.
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
