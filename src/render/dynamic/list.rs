//! Lists of texts: the arguments of `Fn::Join` and `Fn::Select`.

use serde_json::{Map, Value};

use super::evaluate::{Evaluator, TooMany, call};
use super::piece::{Piece, Pieces, alternatives, either, known};

/// Most parts of a split text with unknown ends that are evaluated one by one.
const FRAGMENTS: usize = 64;

/// The list of an expression.
enum List {
    /// These, in this order.
    All(Vec<Pieces>),
    /// Any number of items, each one of these.
    Any(Vec<Pieces>),
}

/// The text of `[separator, list]`.
pub(super) fn join(evaluator: &Evaluator<'_>, parts: &[Value]) -> Result<Pieces, TooMany> {
    let [separator, list] = parts else { return Ok(vec![Piece::Made]) };
    let separator = evaluator.text(separator)?;
    let mut texts = Vec::new();
    for list in lists(evaluator, list)? {
        let items = match list {
            List::All(items) => items,
            // Three of them represent any number: the middle one has a neighbour on each side, and all may be empty.
            List::Any(items) => {
                let any = either(items);
                vec![any.clone(), any.clone(), any]
            }
        };
        let mut text = Vec::new();
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                text.extend(separator.iter().cloned());
                evaluator.spend(separator.iter().map(size).sum())?;
            }
            text.extend(item);
        }
        texts.push(text);
    }
    Ok(either(texts))
}

fn size(piece: &Piece) -> usize {
    if let Piece::Text(text) = piece { text.len() + 1 } else { 1 }
}

/// The text of `[index, list]`.
pub(super) fn select(evaluator: &Evaluator<'_>, parts: &[Value]) -> Result<Pieces, TooMany> {
    let [index, list] = parts else { return Ok(vec![Piece::Made]) };
    let index = evaluator.text(index)?;
    let index = known(&index).and_then(|text| text.trim().parse::<usize>().ok());
    let mut texts = Vec::new();
    for list in lists(evaluator, list)? {
        match (list, index) {
            // An index beyond the end of a list has no value, and CloudFormation refuses it.
            (List::All(items), Some(index)) => texts.extend(items.into_iter().nth(index)),
            (List::All(items) | List::Any(items), _) => texts.extend(items),
        }
    }
    Ok(either(texts))
}

/// The possible lists of an expression.
fn lists(evaluator: &Evaluator<'_>, expression: &Value) -> Result<Vec<List>, TooMany> {
    evaluator.spend(1)?;
    match expression {
        Value::Array(values) => lists_of_values(evaluator, values),
        Value::Object(map) => match call(map) {
            Some(("Fn::Split", Value::Array(parts))) => split(evaluator, parts),
            Some(("Fn::FindInMap", Value::Array(parts))) => {
                let mut found = Vec::new();
                for value in evaluator.looked_up(parts)? {
                    found.extend(lists(evaluator, value)?);
                }
                Ok(found)
            }
            // A parameter that is a list has its default as a text with commas.
            Some(("Ref", Value::String(name))) if evaluator.parameter(name).is_some() => {
                let mut found = vec![List::Any(vec![vec![Piece::Made]])];
                for text in alternatives(&evaluator.text(expression)?)? {
                    found.push(at(&text, ",")?);
                }
                Ok(found)
            }
            _ => Ok(vec![List::Any(vec![evaluator.text(expression)?])]),
        },
        _ => Ok(vec![List::All(vec![evaluator.text(expression)?])]),
    }
}

/// A literal list in the template. An omitted item (`AWS::NoValue`) removes its separator too, or leaves an empty text.
fn lists_of_values(evaluator: &Evaluator<'_>, values: &[Value]) -> Result<Vec<List>, TooMany> {
    let all = values.iter().map(|value| evaluator.text(value)).collect::<Result<Vec<_>, _>>()?;
    let values_left: Vec<Pieces> = values
        .iter()
        .zip(&all)
        .filter(|(value, _)| !is_nothing(value))
        .map(|(_, text)| text.clone())
        .collect();
    let mut found = Vec::new();
    if values_left.len() < all.len() {
        found.push(List::All(values_left));
    }
    found.push(List::All(all));
    Ok(found)
}

fn is_nothing(value: &Value) -> bool {
    let nothing =
        |map: &Map<String, Value>| call(map).is_some_and(|(name, to)| name == "Ref" && to == "AWS::NoValue");
    value.as_object().is_some_and(nothing)
}

/// The list of `[separator, text]`.
fn split(evaluator: &Evaluator<'_>, parts: &[Value]) -> Result<Vec<List>, TooMany> {
    let [Value::String(separator), text] = parts else {
        return Ok(vec![List::Any(vec![vec![Piece::Foreign]])]);
    };
    let texts = alternatives(&evaluator.text(text)?)?;
    evaluator.spend(texts.iter().flatten().map(size).sum())?;
    texts.iter().map(|text| at(text, separator)).collect()
}

/// A text, split. If a part of it is unknown, so is the number of parts.
fn at(text: &[Piece], separator: &str) -> Result<List, TooMany> {
    if separator.is_empty() {
        return Ok(List::All(vec![text.to_vec()]));
    }
    if let Some(text) = known(text) {
        return Ok(List::All(text.split(separator).map(|part| vec![Piece::Text(part.to_owned())]).collect()));
    }
    // A longer separator may begin in one piece and end in the next.
    let braces = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['{', '}']));
    if separator.chars().count() > 1 && text.iter().any(braces) {
        return Err(TooMany);
    }
    let mut chunks: Vec<Pieces> = vec![Vec::new()];
    for piece in text {
        let Piece::Text(text) = piece else {
            chunks.last_mut().ok_or(TooMany)?.push(piece.clone());
            continue;
        };
        for (index, part) in text.split(separator).enumerate() {
            if index > 0 {
                chunks.push(Vec::new());
            }
            chunks.last_mut().ok_or(TooMany)?.push(Piece::Text(part.to_owned()));
        }
    }
    let mut fragments = Vec::new();
    for chunk in &chunks {
        // Unknown text may contain the separator itself, so each such piece can be a beginning and an end.
        let cuts: Vec<usize> =
            (0..chunk.len()).filter(|index| !matches!(chunk[*index], Piece::Text(_))).collect();
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        for start in starts {
            let ends = cuts.iter().map(|end| end + 1).chain([chunk.len()]);
            fragments.extend(ends.filter(|end| *end > start).map(|end| chunk[start..end].to_vec()));
            if fragments.len() > FRAGMENTS {
                return Err(TooMany);
            }
        }
    }
    Ok(List::Any(fragments))
}
