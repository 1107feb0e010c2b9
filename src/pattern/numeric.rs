use serde_json::{Number, Value};

use super::text::step;
use super::{Mistake, text};

/// The documented range for `numeric`: numbers this far from zero, with six decimals. The engine compares all floats.
const LIMIT: f64 = 5e9;
const DECIMALS: usize = 6;

/// A range of numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    low: Bound,
    high: Bound,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    value: f64,
    with: bool,
}

impl Range {
    pub(super) fn contains(&self, number: &Number) -> bool {
        comparable(number).is_some_and(|value| {
            let above = value > self.low.value || (self.low.with && value >= self.low.value);
            let below = value < self.high.value || (self.high.with && value <= self.high.value);
            above && below
        })
    }
}

/// A number as the engine compares it, so that `5`, `5.0` and `5e0` are equal; `None` if a float cannot represent it.
pub(super) fn comparable(number: &Number) -> Option<f64> {
    let float = number.as_f64().filter(|float| float.is_finite())?;
    let whole = number.as_i128();
    // `as` saturates, and the written number is well inside `i128`.
    whole.is_none_or(|whole| float as i128 == whole).then_some(float)
}

/// One comparison of a `numeric` list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    Below { with: bool },
    Above { with: bool },
}

/// Parses the list of `numeric`.
pub(super) fn parse(value: &Value, pointer: &str, mistakes: &mut Vec<Mistake>) -> Option<Range> {
    let before = mistakes.len();
    let mut mistake = |pointer: String, message: String, help: String| {
        mistakes.push(Mistake { pointer, on_key: false, message, help });
    };
    let example = "write a comparison and a number, such as `[\">\", 0]` or `[\">\", 0, \"<=\", 5]`";
    let Some(list) = value.as_array() else {
        mistake(pointer.to_owned(), "`numeric` takes a list".to_owned(), example.to_owned());
        return None;
    };
    if list.len() != 2 && list.len() != 4 {
        let message =
            format!("`numeric` takes one or two comparisons, and this list has {} items", list.len());
        mistake(pointer.to_owned(), message, example.to_owned());
        return None;
    }
    let mut read = Vec::new();
    for (index, pair) in list.chunks(2).enumerate() {
        let [sign, bound] = pair else { continue };
        let comparison = comparison(sign);
        if let Err(help) = &comparison {
            let message = format!("{} is not a comparison", text::brief(&format!("`{sign}`")));
            mistake(step(pointer, &(index * 2).to_string()), message, help.clone());
        }
        let bound = self::bound(bound);
        if let Err((message, help)) = &bound {
            mistake(step(pointer, &(index * 2 + 1).to_string()), message.clone(), help.clone());
        }
        if let (Ok(comparison), Ok(bound)) = (comparison, bound) {
            read.push((comparison, bound));
        }
    }
    let range = range(&read, list).map_err(|(message, help)| mistake(pointer.to_owned(), message, help));
    range.ok().filter(|_| mistakes.len() == before)
}

fn comparison(sign: &Value) -> Result<Comparison, String> {
    match sign.as_str().map(str::trim) {
        Some("=") if sign == "=" => Ok(Comparison::Equal),
        Some("<") if sign == "<" => Ok(Comparison::Below { with: false }),
        Some("<=") if sign == "<=" => Ok(Comparison::Below { with: true }),
        Some(">") if sign == ">" => Ok(Comparison::Above { with: false }),
        Some(">=") if sign == ">=" => Ok(Comparison::Above { with: true }),
        Some(close @ ("=" | "<" | "<=" | ">" | ">=")) => Err(format!("write `\"{close}\"`")),
        Some("==" | "===" | "eq") => Err("write `\"=\"`".to_owned()),
        Some("=<" | "≤" | "lte" | "le") => Err("write `\"<=\"`".to_owned()),
        Some("=>" | "≥" | "gte" | "ge") => Err("write `\">=\"`".to_owned()),
        Some("lt") => Err("write `\"<\"`".to_owned()),
        Some("gt") => Err("write `\">\"`".to_owned()),
        Some("!=" | "<>") => Err("use `anything-but` with the number".to_owned()),
        _ => Err("write one of `\"=\"`, `\"<\"`, `\"<=\"`, `\">\"` and `\">=\"`".to_owned()),
    }
}

fn bound(value: &Value) -> Result<f64, (String, String)> {
    let Some(number) = value.as_number() else {
        let message = format!("`{}` is not a number", text::brief(&value.to_string()));
        let unquoted = value.as_str().and_then(|inner| inner.trim().parse::<Number>().ok());
        let help = match unquoted {
            Some(number) => format!("write {number} without quotes"),
            None => "write a number".to_owned(),
        };
        return Err((message, help));
    };
    let float = comparable(number).filter(|float| float.abs() <= LIMIT).ok_or_else(|| {
        let message = format!("`{number}` is outside the range that `numeric` compares");
        (message, "write a number from -5e9 to 5e9".to_owned())
    })?;
    if decimals(float) > DECIMALS {
        let message = format!("`{number}` has more than {DECIMALS} decimals");
        return Err((message, format!("write at most {DECIMALS} digits after the point")));
    }
    Ok(float)
}

/// The number of digits after the point in the shortest decimal that parses as this float.
fn decimals(float: f64) -> usize {
    float.to_string().split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

fn range(read: &[(Comparison, f64)], list: &[Value]) -> Result<Range, (String, String)> {
    let shown = |index: usize| list.get(index).map(Value::to_string).unwrap_or_default();
    let lowest = Bound { value: f64::NEG_INFINITY, with: false };
    let highest = Bound { value: f64::INFINITY, with: false };
    match *read {
        [(Comparison::Equal, value)] if list.len() == 2 => {
            let bound = Bound { value, with: true };
            Ok(Range { low: bound, high: bound })
        }
        [(Comparison::Above { with }, value)] if list.len() == 2 => {
            Ok(Range { low: Bound { value, with }, high: highest })
        }
        [(Comparison::Below { with }, value)] if list.len() == 2 => {
            Ok(Range { low: lowest, high: Bound { value, with } })
        }
        [(Comparison::Above { with: low_with }, low), (Comparison::Below { with: high_with }, high)] => {
            if low < high {
                let (low, high) =
                    (Bound { value: low, with: low_with }, Bound { value: high, with: high_with });
                return Ok(Range { low, high });
            }
            if low > high {
                let message = "no number is in this range".to_owned();
                let help = format!("write `[{}, {}, {}, {}]`", shown(0), shown(3), shown(2), shown(1));
                return Err((message, help));
            }
            let message = "the bounds are equal, which EventBridge refuses".to_owned();
            Err((message, format!("write `[\"=\", {}]`", shown(1))))
        }
        [(Comparison::Below { .. }, _), (Comparison::Above { .. }, _)] => Err((
            "EventBridge needs the lower bound first".to_owned(),
            format!("write `[{}, {}, {}, {}]`", shown(2), shown(3), shown(0), shown(1)),
        )),
        [_, _] => Err((
            "two comparisons are a lower bound and an upper bound".to_owned(),
            "write `>` or `>=` with a number, then `<` or `<=` with a number".to_owned(),
        )),
        // Missing parts were reported above.
        _ => Ok(Range { low: lowest, high: highest }),
    }
}
