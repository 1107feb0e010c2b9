//! One canonical spelling per instant.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use crate::reason::{Reason, Rejection};

/// Years that RFC 3339 can write.
const YEARS: std::ops::RangeInclusive<i16> = 0..=9999;
const OUT_OF_RANGE: &str = "the year in UTC is outside 0 to 9999";
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;

/// Reads an RFC 3339 instant and returns it as `2026-01-31T09:05:00.000000000Z`: UTC, nine digits of fraction, `Z`. The
/// width is fixed, so the byte order of sort keys is the order in time, and nine digits represent every instant exactly.
///
/// # Errors
/// Not RFC 3339 with seconds and an offset, an invalid date, a leap second (`:60` has no instant of its own and would
/// collide with another event's key), more than nine digits of fraction, or a year outside 0 to 9999 in UTC.
pub fn normalise(text: &str) -> Result<String, Rejection> {
    let refuse =
        |why: &str| Rejection::new(Reason::InvalidTimestamp, format!("not an RFC 3339 instant: {why}"));
    if !has_shape(text) {
        return Err(refuse("the form is 2026-01-31T09:05:00Z or 2026-01-31T09:05:00.123+01:00"));
    }
    if text.as_bytes()[17..19] == *b"60" {
        return Err(refuse("a leap second cannot be stored"));
    }
    let (local, offset) = read(text).ok_or_else(|| refuse("the date, time or offset is invalid"))?;
    local.checked_sub(offset).ok().and_then(spelled).ok_or_else(|| refuse(OUT_OF_RANGE))
}

/// The stored spelling of an instant in UTC; `None` outside [`YEARS`].
fn spelled(utc: DateTime) -> Option<String> {
    YEARS.contains(&utc.year()).then(|| format!("{utc:.9}Z"))
}

/// Date and time as written, and their offset from UTC. The text has the grammar.
///
/// Does not use `jiff::Timestamp`: it ends a day before `9999-12-31T23:59:59Z`, which means "never" in many systems, and
/// accepts offsets up to 25:59, while RFC 3339 ends at 23:59.
fn read(text: &str) -> Option<(DateTime, SignedDuration)> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    let date = Date::new(number(0, 4)?, small(5)?, small(8)?).ok()?;
    let remainder = &text[19..];
    let (fraction, zone) = remainder.split_at(remainder.find(|c: char| c != '.' && !c.is_ascii_digit())?);
    let nanosecond = match fraction.strip_prefix('.') {
        Some(digits) => format!("{digits:0<9}").parse().ok()?,
        None => 0,
    };
    let time = Time::new(small(11)?, small(14)?, small(17)?, nanosecond).ok()?;
    let offset = match zone.as_bytes() {
        [b'Z' | b'z'] => 0,
        [sign, ..] => {
            let (hours, minutes) =
                (zone.get(1..3)?.parse::<i64>().ok()?, zone.get(4..6)?.parse::<i64>().ok()?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let seconds = hours * 3_600 + minutes * 60;
            if *sign == b'-' { -seconds } else { seconds }
        }
        [] => return None,
    };
    Some((date.to_datetime(time), SignedDuration::from_secs(offset)))
}

/// Spells an instant, given as the time since 1970, like [`normalise`]. `digits` is the number of decimal digits from the
/// unit to a nanosecond: 9 for seconds, 6 for milliseconds.
///
/// # Errors
/// Not a decimal number, finer than a nanosecond, or a year outside 0 to 9999.
pub fn from_epoch(text: &str, digits: usize) -> Result<String, Rejection> {
    let refuse =
        |why: &str| Rejection::new(Reason::InvalidTimestamp, format!("not a time since 1970: {why}"));
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |remainder| (true, remainder));
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(refuse("the form is 1769850300 or 1769850300.123"));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return Err(refuse("it is finer than a nanosecond"));
    }
    let since = format!("{whole}{fraction:0<digits$}").parse::<i128>().ok();
    let since = since.map(|count| if negative { -count } else { count });
    let since = since.and_then(|count| {
        let second = i64::try_from(count.div_euclid(SECOND)).ok()?;
        Some(SignedDuration::new(second, i32::try_from(count.rem_euclid(SECOND)).ok()?))
    });
    let utc = since.and_then(|since| EPOCH.checked_add(since).ok());
    utc.and_then(spelled).ok_or_else(|| refuse(OUT_OF_RANGE))
}

/// Whether the text has the grammar of RFC 3339 §5.6. jiff accepts more forms (dates without separators, bracketed zones)
/// that other readers of the same event would reject.
fn has_shape(text: &str) -> bool {
    const DATE_TIME: &[u8] = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    if bytes.len() <= DATE_TIME.len() {
        return false;
    }
    let (date_time, mut remainder) = bytes.split_at(DATE_TIME.len());
    if !matches_form(date_time, DATE_TIME) {
        return false;
    }
    if let Some(fraction) = remainder.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        remainder = &fraction[digits..];
    }
    match remainder {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', offset @ ..] => matches_form(offset, b"00:00"),
        _ => false,
    }
}

/// Whether the bytes have a form: `0` means a digit, any other character itself, in either case.
fn matches_form(bytes: &[u8], form: &[u8]) -> bool {
    bytes.len() == form.len()
        && bytes.iter().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            _ => byte.eq_ignore_ascii_case(form),
        })
}
