//! One part of a text that CloudFormation puts together.

use std::rc::Rc;

use super::evaluate::TooMany;

/// A part of a text that CloudFormation assembles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// A value of AWS or of pipectl: any text without a brace, or an empty one.
    Made,
    /// From code or templates that are not visible, such as a custom resource's: any text.
    Foreign,
    /// One of several texts. Shared, because one expression may occur in a text many times.
    Either(Rc<Vec<Pieces>>),
}

/// One text, from left to right.
pub(super) type Pieces = Vec<Piece>;

/// Most texts that one split may begin with; with more, its result is not evaluated one by one.
const ALTERNATIVES: usize = 64;

/// One of several texts, or the only one; empty for none.
pub(super) fn either(mut texts: Vec<Pieces>) -> Pieces {
    match texts.len() {
        0 => Vec::new(),
        1 => texts.remove(0),
        _ => vec![Piece::Either(Rc::new(texts))],
    }
}

/// The texts one by one, without choices in them; neighbouring texts are merged.
pub(super) fn alternatives(pieces: &[Piece]) -> Result<Vec<Pieces>, TooMany> {
    let mut found: Vec<Pieces> = vec![Vec::new()];
    for piece in pieces {
        let Piece::Either(choices) = piece else {
            found.iter_mut().for_each(|text| push(text, piece));
            continue;
        };
        let mut further = Vec::new();
        for choice in choices.iter() {
            for remainder in alternatives(choice)? {
                if further.len() + found.len() > ALTERNATIVES {
                    return Err(TooMany);
                }
                further.extend(found.iter().map(|text| {
                    let mut text = text.clone();
                    remainder.iter().for_each(|piece| push(&mut text, piece));
                    text
                }));
            }
        }
        found = further;
    }
    Ok(found)
}

fn push(text: &mut Pieces, piece: &Piece) {
    match (text.last_mut(), piece) {
        (Some(Piece::Text(before)), Piece::Text(after)) => before.push_str(after),
        _ => text.push(piece.clone()),
    }
}

/// The text, if all of it is known.
pub(super) fn known(pieces: &[Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}
