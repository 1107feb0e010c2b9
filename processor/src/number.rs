//! Numbers as in DynamoDB: decimal, 38 digits, never rounded.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::reason::{Reason, Rejection};

/// Significant digits that DynamoDB stores.
const MOST_DIGITS: usize = 38;
/// Exponents of the leading digit: 1E-130 to 9.99…E+125.
const SMALLEST_EXPONENT: i64 = -130;
const LARGEST_EXPONENT: i64 = 125;
/// Exponents up to here are spelled out; beyond, the number has an exponent.
const SPELLED_OUT: i64 = 40;

/// A decimal number in its one canonical spelling: `1.50`, `15e-1` and `1.5` are all
/// `1.5`, `-0` is `0`. Equal numbers have equal spellings, so they hash alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// Reads a JSON number (RFC 8259 §6). The text must have been checked for its form.
    ///
    /// # Errors
    /// More than 38 significant digits, or a magnitude DynamoDB does not hold.
    pub(crate) fn from_json(text: &str) -> Result<Self, Rejection> {
        let (negative, unsigned) =
            text.strip_prefix('-').map_or((false, text), |remainder| (true, remainder));
        let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
            Some(at) => (&unsigned[..at], &unsigned[at + 1..]),
            None => (unsigned, "0"),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));

        let digits = [whole, fraction].concat();
        let leading_zeros = digits.len() - digits.trim_start_matches('0').len();
        let digits = digits.trim_matches('0');
        if digits.is_empty() {
            return Ok(Self("0".to_owned()));
        }
        if digits.len() > MOST_DIGITS {
            return Err(Rejection::new(
                Reason::NumberTooPrecise,
                format!("a number has {} significant digits, DynamoDB stores {MOST_DIGITS}", digits.len()),
            ));
        }

        // Written as d.ddd × 10^leading. An exponent that does not fit an i64 is out of range for every mantissa, because
        // the body's size limits the mantissa.
        let leading = exponent
            .parse::<i64>()
            .ok()
            .and_then(|exponent| exponent.checked_add(position(whole.len()) - 1 - position(leading_zeros)))
            .filter(|leading| (SMALLEST_EXPONENT..=LARGEST_EXPONENT).contains(leading))
            .ok_or_else(|| {
                Rejection::new(
                    Reason::NumberOutOfRange,
                    "a number lies outside DynamoDB's range, 1E-130 to 9.99E+125",
                )
            })?;
        Ok(Self(spell(negative, digits, leading)))
    }

    /// A number in DynamoDB's spelling; `None` for a text that it never stores.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Self::from_json(text).ok()
    }

    /// A whole number.
    #[must_use]
    pub fn whole(value: i64) -> Self {
        let text = value.unsigned_abs().to_string();
        let digits = text.trim_end_matches('0');
        if digits.is_empty() {
            Self("0".to_owned())
        } else {
            Self(spell(value < 0, digits, position(text.len()) - 1))
        }
    }

    /// The canonical spelling; also valid JSON and a valid DynamoDB `N`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shortest exact decimal text, without an exponent.
    #[must_use]
    pub fn decimal(&self) -> Cow<'_, str> {
        let Some((mantissa, exponent)) = self.0.split_once('E') else { return Cow::Borrowed(&self.0) };
        let (sign, mantissa) =
            mantissa.strip_prefix('-').map_or(("", mantissa), |remainder| ("-", remainder));
        let digits = mantissa.replace('.', "");
        // `spell` wrote it, so it is a number within DynamoDB's range.
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        Cow::Owned(if exponent < 0 {
            format!("{sign}0.{}{digits}", zeros(-exponent - 1))
        } else {
            format!("{sign}{digits}{}", zeros(exponent + 1 - position(digits.len())))
        })
    }

    /// Whether it has no fraction: `1.0` has none.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let (leading, digits) = self.magnitude();
        self.sign() == 0 || leading + 1 >= position(digits.len())
    }

    /// Whether it is an exact integer multiple of `unit`.
    #[must_use]
    pub fn is_multiple_of(&self, unit: &Self) -> bool {
        if self.sign() == 0 || unit.sign() == 0 {
            return self.sign() == 0;
        }
        // Both as an integer without trailing zeros, times a power of ten.
        let parts = |number: &Self| {
            let (leading, digits) = number.magnitude();
            // 38 digits fit; so do two and three times as much.
            (digits.parse::<u128>().unwrap_or(1), leading + 1 - position(digits.len()))
        };
        let ((own, own_power), (unit, unit_power)) = (parts(self), parts(unit));
        // A number that does not end in zero is not a multiple of ten.
        own_power >= unit_power
            && (unit_power..own_power).fold(own % unit, |remainder, _| ten_times(remainder, unit)) == 0
    }

    fn sign(&self) -> i8 {
        match self.0.as_bytes() {
            b"0" => 0,
            [b'-', ..] => -1,
            _ => 1,
        }
    }

    /// The exponent of the first nonzero digit, and the digits from there.
    fn magnitude(&self) -> (i64, String) {
        let unsigned = self.0.trim_start_matches('-');
        let (mantissa, exponent) = unsigned.split_once('E').unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = [whole, fraction].concat();
        let zeros = digits.len() - digits.trim_start_matches('0').len();
        // `spell` wrote it, so it is a number within DynamoDB's range.
        let exponent: i64 = exponent.parse().unwrap_or(0);
        (exponent + position(whole.len()) - 1 - position(zeros), digits.trim_matches('0').to_owned())
    }

    /// Significant digits, for the size of an item.
    pub(crate) fn significant_digits(&self) -> usize {
        let mantissa = self.0.split('E').next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_matches('0').len().max(1)
    }
}

/// Ordered by value.
impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = (self.magnitude(), other.magnitude());
        match (self.sign(), other.sign()) {
            (-1, -1) => others.cmp(&own),
            (1, 1) => own.cmp(&others),
            (own, other) => own.cmp(&other),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Ten times `remainder` modulo `unit`, for `remainder` below `unit`. The steps never exceed twice the unit: ten times 38 digits
/// does not fit.
fn ten_times(remainder: u128, unit: u128) -> u128 {
    let add = |one: u128, other: u128| (one + other) % unit;
    let twice = add(remainder, remainder);
    let four_times = add(twice, twice);
    add(add(four_times, four_times), twice)
}

/// A length as an exponent. Lengths are bounded by the body's 1 MiB.
fn position(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}

fn spell(negative: bool, digits: &str, leading: i64) -> String {
    let sign = if negative { "-" } else { "" };
    let count = position(digits.len());
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    if !(-SPELLED_OUT..SPELLED_OUT).contains(&leading) {
        let (first, remainder) = digits.split_at(1);
        let point = if remainder.is_empty() { "" } else { "." };
        let plus = if leading >= 0 { "+" } else { "" };
        format!("{sign}{first}{point}{remainder}E{plus}{leading}")
    } else if leading < 0 {
        format!("{sign}0.{}{digits}", zeros(-leading - 1))
    } else if leading + 1 >= count {
        format!("{sign}{digits}{}", zeros(leading + 1 - count))
    } else {
        let (whole, fraction) = digits.split_at(usize::try_from(leading + 1).unwrap_or(1));
        format!("{sign}{whole}.{fraction}")
    }
}
