//! How inputs are mutated: bytes as in libFuzzer, and also words, lines and the values of JSON and YAML. Most results can
//! still be parsed, so that the code behind the parsers is reached.

use std::sync::OnceLock;

use fastrand::Rng;
use libfuzzer_sys::fuzzer_mutate;
use pipectl::diagnostic::FileId;
use pipectl::source;
use serde_json::{Map, Value, json};

/// The words of the dictionary that `.ci/fuzz` names.
static WORDS: OnceLock<Vec<String>> = OnceLock::new();

/// Mutates an input of `size` bytes to at most `largest` bytes. `head`: the number of first bytes that select how the
/// others are used.
pub fn mutate(data: &mut [u8], size: usize, largest: usize, seed: u32, head: usize) -> usize {
    let mut random = Rng::with_seed(seed.into());
    if size <= head || largest <= head || random.u8(..16) == 0 {
        return fuzzer_mutate(data, size, largest);
    }
    let body = &data[head..size];
    let changed = match random.u8(..4) {
        0 => None,
        1 | 2 => values(body, &mut random),
        _ => Some(words(body, &mut random)),
    };
    match changed {
        Some(changed) if head + changed.len() <= largest => {
            data[head..head + changed.len()].copy_from_slice(&changed);
            head + changed.len()
        }
        _ => head + fuzzer_mutate(&mut data[head..], size - head, largest - head),
    }
}

fn dictionary() -> &'static [String] {
    WORDS.get_or_init(|| {
        let path = std::env::args().find_map(|argument| Some(argument.strip_prefix("-dict=")?.to_owned()));
        let text = path.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let words =
            text.lines().filter_map(|line| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_owned()));
        words.filter(|word| !word.contains('\\')).collect()
    })
}

fn word(random: &mut Rng) -> String {
    random.choice(dictionary()).cloned().unwrap_or_default()
}

/// The input, or one of its lines, with one value changed; `None` if neither can be parsed.
fn values(body: &[u8], random: &mut Rng) -> Option<Vec<u8>> {
    if let Ok(mut whole) = serde_json::from_slice::<Value>(body) {
        change(&mut whole, random);
        return serde_json::to_vec(&whole).ok();
    }
    let mut lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    let one = random.usize(..lines.len());
    if let Ok(mut line) = serde_json::from_slice::<Value>(lines[one]) {
        change(&mut line, random);
        let line = serde_json::to_vec(&line).ok()?;
        lines[one] = &line;
        return Some(lines.join(&b'\n'));
    }
    let tree = source::cloudformation(std::str::from_utf8(body).ok()?, FileId::default()).ok()?;
    let mut whole = tree.value();
    change(&mut whole, random);
    serde_json::to_vec(&whole).ok()
}

fn change(root: &mut Value, random: &mut Rng) {
    let nodes = count(root);
    let donor = nth(root, &mut random.usize(..nodes)).cloned().unwrap_or_default();
    let Some(target) = nth(root, &mut random.usize(..nodes)) else { return };
    let common = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1e308),
        json!(""),
        json!([]),
        json!({}),
        json!(u64::MAX),
    ];
    match random.u8(..8) {
        0 => *target = donor,
        1 => *target = random.choice(common).unwrap_or_default(),
        2 => *target = Value::from(word(random)),
        3 => *target = Value::Array(vec![target.take()]),
        _ => within(target, donor, random),
    }
}

/// A changed value of the same kind.
fn within(target: &mut Value, donor: Value, random: &mut Rng) {
    match target {
        Value::Array(values) => match random.u8(..4) {
            0 if !values.is_empty() => drop(values.swap_remove(random.usize(..values.len()))),
            1 if !values.is_empty() => {
                let times = random.usize(1..300);
                values.extend(std::iter::repeat_n(values[0].clone(), times));
            }
            _ => values.push(donor),
        },
        Value::Object(map) => in_map(map, donor, random),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            // JSON within a text: a body, a template.
            Ok(mut inner) if inner.is_object() || inner.is_array() => {
                change(&mut inner, random);
                *text = inner.to_string();
            }
            _ => {
                let changed = match random.u8(..3) {
                    0 => text.clone() + &word(random),
                    1 => String::from_utf8_lossy(&words(text.as_bytes(), random)).into_owned(),
                    _ => {
                        let mut bytes = text.clone().into_bytes();
                        let size = bytes.len();
                        bytes.resize(size + 32, 0);
                        let changed = fuzzer_mutate(&mut bytes, size, size + 32);
                        String::from_utf8_lossy(&bytes[..changed]).into_owned()
                    }
                };
                *text = changed;
            }
        },
        Value::Number(number) => {
            let near = number.as_i64().unwrap_or_default().wrapping_add(random.i64(-2..3));
            let values = [json!(near), json!(random.i64(..)), json!(random.f64()), json!(10)];
            *target = random.choice(values).unwrap_or_default();
        }
        Value::Bool(flag) => *flag = !*flag,
        Value::Null => *target = donor,
    }
}

fn in_map(map: &mut Map<String, Value>, donor: Value, random: &mut Rng) {
    let key = map.keys().nth(random.usize(..map.len().max(1))).cloned();
    match (key, random.u8(..4)) {
        (Some(key), 0) => drop(map.remove(&key)),
        (Some(key), 1) => {
            let value = map.remove(&key).unwrap_or_default();
            map.insert(word(random), value);
        }
        (Some(key), 2) => drop(map.insert(key, donor)),
        _ => drop(map.insert(word(random), donor)),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| nth(value, left)),
        Value::Object(map) => map.values_mut().find_map(|value| nth(value, left)),
        _ => None,
    }
}

/// Words or lines removed, repeated, moved, or replaced by words of the dictionary.
fn words(text: &[u8], random: &mut Rng) -> Vec<u8> {
    let by_lines = random.u8(..3) == 0;
    let mut parts: Vec<Vec<u8>> = if by_lines {
        text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    } else {
        let of_a_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        text.chunk_by(|one, next| of_a_word(one) && of_a_word(next)).map(<[u8]>::to_vec).collect()
    };
    if parts.is_empty() {
        return word(random).into_bytes();
    }
    let at = random.usize(..parts.len());
    let end = (at + random.usize(1..4)).min(parts.len());
    let other = random.usize(..parts.len());
    match random.u8(..6) {
        0 => drop(parts.drain(at..end)),
        1 => {
            let again = parts[at..end].to_vec();
            let again = std::iter::repeat_n(again, random.usize(1..5)).flatten();
            parts.splice(at..at, again);
        }
        2 => parts.swap(at, other),
        3 if by_lines => parts[at].splice(0..0, *b"  ").for_each(drop),
        3 => parts[at] = parts[other].clone(),
        4 if by_lines => {
            let blanks = parts[at].iter().take(2).filter(|byte| **byte == b' ').count();
            parts[at].drain(..blanks);
        }
        4 => parts.insert(at, word(random).into_bytes()),
        _ if by_lines => parts.insert(at, parts[other].clone()),
        _ => parts[at] = word(random).into_bytes(),
    }
    parts.concat()
}
