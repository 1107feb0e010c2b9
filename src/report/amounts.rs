//! Numbers for people: `1,234,567`.

/// The source of the traffic numbers.
pub(super) fn origin(is_measured: bool) -> &'static str {
    if is_measured { "measured in the last 30 days" } else { "from `load`" }
}

/// `1,234,567`.
pub(super) fn count(number: f64) -> String {
    grouped(&format!("{number:.0}"))
}

/// `12.34`, `1,234.50` and, if cents do not matter, `123,456`.
pub(super) fn dollars(usd: f64) -> String {
    if usd < 10_000.0 { grouped(&format!("{usd:.2}")) } else { count(usd) }
}

/// The digits before the point in groups of three.
fn grouped(number: &str) -> String {
    let (whole, remainder) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + remainder
}

/// `40 s`, `12 min`, `5.5 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        ..1.0 => "less than a second".to_owned(),
        ..120.0 => format!("{seconds:.0} s"),
        ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_groups_of_three() {
        assert_eq!([0.0, 999.4, 1_000.0, 12_345_678.0].map(count), ["0", "999", "1,000", "12,345,678"]);
        assert_eq!(
            [0.004, 3.0, 1_234.5, 9_999.994, 10_000.4].map(dollars),
            ["0.00", "3.00", "1,234.50", "9,999.99", "10,000"]
        );
        assert_eq!(
            [0.2, 90.0, 180.0, 7_199.0, 19_800.0].map(duration),
            ["less than a second", "90 s", "3 min", "120 min", "5.5 h"]
        );
    }
}
