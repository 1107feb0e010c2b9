//! One part of a text that CloudFormation puts together.

use std::rc::Rc;

use super::evaluate::TooMany;

/// A part of a text that CloudFormation puts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// Made by AWS or by pipectl: any text without a brace, also an empty one.
    Made,
    /// From code or templates that are not seen, such as a custom resource's: any text.
    Foreign,
    /// One of several texts. Shared, because one expression may be in a text many times.
    Either(Rc<Vec<Pieces>>),
}

/// One text, from left to right.
pub(super) type Pieces = Vec<Piece>;

/// Texts that one split may begin with; beyond, what it gives is not looked at one by one.
const ALTERNATIVES: usize = 64;

/// One of several texts, or the only one; of none, nothing.
pub(super) fn either(mut texts: Vec<Pieces>) -> Pieces {
    match texts.len() {
        0 => Vec::new(),
        1 => texts.remove(0),
        _ => vec![Piece::Either(Rc::new(texts))],
    }
}

/// The texts one by one, without choices in them; neighbouring texts are one.
pub(super) fn alternatives(pieces: &[Piece]) -> Result<Vec<Pieces>, TooMany> {
    let mut found: Vec<Pieces> = vec![Vec::new()];
    for piece in pieces {
        let Piece::Either(choices) = piece else {
            found.iter_mut().for_each(|text| push(text, piece));
            continue;
        };
        let mut further = Vec::new();
        for choice in choices.iter() {
            for rest in alternatives(choice)? {
                if further.len() + found.len() > ALTERNATIVES {
                    return Err(TooMany);
                }
                further.extend(found.iter().map(|text| {
                    let mut text = text.clone();
                    rest.iter().for_each(|piece| push(&mut text, piece));
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

/// The text, where all of it is known.
pub(super) fn known(pieces: &[Piece]) -> Option<&str> {
    match pieces {
        [] => Some(""),
        [Piece::Text(text)] => Some(text),
        _ => None,
    }
}
