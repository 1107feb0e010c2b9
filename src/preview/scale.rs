/// An axis from zero to a round number at or above the highest value.
#[derive(Debug)]
pub(super) struct Scale {
    top: f64,
    step: f64,
}

impl Scale {
    /// A scale that shows `most`, with two to six steps.
    pub(super) fn to(most: f64) -> Self {
        // An axis of only zeros still has a one, so that zero is visibly at the bottom.
        let most = if most.is_finite() { most.max(1.0) } else { 1.0 };
        let rough = most / 4.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power);
        let step = step.into_iter().find(|step| *step >= rough * 0.999).unwrap_or(most).max(0.5);
        // Some space above, for the label of a line at the top.
        Self { top: (most * 1.04 / step).ceil() * step, step }
    }

    /// The position of a value, from 0 at the bottom to 1 at the top.
    pub(super) fn share(&self, value: f64) -> f64 {
        (value / self.top).clamp(0.0, 1.0)
    }

    /// Each gridline: its position, and its number.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        (0_u8..=10)
            .map(|index| f64::from(index) * self.step)
            .take_while(|value| *value <= self.top * 1.001)
            .map(|value| (self.share(value), short(value)))
            .collect()
    }
}

/// A number in the short form for an axis: `0.5`, `250`, `1.5k`, `2M`.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        millions if millions >= 1e6 => (millions / 1e6, "M"),
        thousands if thousands >= 1e3 => (thousands / 1e3, "k"),
        plain => (plain, ""),
    };
    let text = format!("{value:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::Scale;

    #[test]
    fn an_axis_has_few_round_numbers_and_shows_its_most() {
        let numbers = |most: f64| -> Vec<String> {
            Scale::to(most).ticks().into_iter().map(|(_, number)| number).collect()
        };
        assert_eq!(numbers(0.0), ["0", "0.5", "1", "1.5"]);
        assert_eq!(numbers(47.0), ["0", "20", "40", "60"]);
        assert_eq!(numbers(60_000.0), ["0", "20k", "40k", "60k", "80k"]);
        assert_eq!(numbers(1e7), ["0", "2.5M", "5M", "7.5M", "10M", "12.5M"]);
        for most in [0.3, 1.0, 7.0, 99.0, 3600.0, 123_456.0, 9_999_999.0, f64::INFINITY, f64::NAN] {
            let scale = Scale::to(most);
            assert!((3..=7).contains(&scale.ticks().len()), "{most}");
            assert!(!most.is_finite() || scale.share(most) < 1.0, "{most}");
        }
    }
}
