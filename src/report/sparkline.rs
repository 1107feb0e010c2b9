//! Values as a line of bars.

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// For a period without a value.
const NONE: char = '·';

/// Values as a line of at most `width` bars, the highest as tall as a bar can be; neighbours share a bar, which has the
/// higher value.
pub(super) fn sparkline(values: &[Option<f64>], width: usize) -> String {
    let each = values.len().div_ceil(width.max(1)).max(1);
    let highest = |values: &[Option<f64>]| values.iter().flatten().copied().reduce(f64::max);
    let top = highest(values).unwrap_or_default();
    let bar = |values: &[Option<f64>]| match highest(values) {
        None => NONE,
        Some(value) if value <= 0.0 || top <= 0.0 => LEVELS[0],
        Some(value) => LEVELS[((value / top * 8.0).ceil() as usize).clamp(1, 8) - 1],
    };
    values.chunks(each).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_is_full_and_silence_is_no_zero() {
        let values = [None, Some(0.0), Some(1.0), Some(50.0), Some(100.0), None];
        assert_eq!(sparkline(&values, 10), "·▁▁▄█·");
        assert_eq!(sparkline(&values, 3), "▁▄█");
        assert_eq!((sparkline(&[], 5), sparkline(&[Some(0.0)], 0)), (String::new(), "▁".to_owned()));
    }
}
