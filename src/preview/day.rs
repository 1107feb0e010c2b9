//! An invented day of each metric.

use std::f64::consts::TAU;

use super::body::Line;

/// Ten minutes each.
pub(super) const POINTS: usize = 144;

/// The day's one incident: a burst at 14:20 that is processed within the hour, and one event that becomes a dead letter.
const BURST: usize = 86;

/// A generated, plausible day of a metric. The same metric always has the same day, and metrics that depend on each other
/// are consistent.
pub(super) fn day(line: &Line) -> Vec<f64> {
    let seed = seed(line);
    (0..POINTS).map(|point| value(line, seed, point).max(0.0)).collect()
}

fn value(line: &Line, seed: u64, point: usize) -> f64 {
    let (wave, burst) = (wave(point), burst(point));
    let noise = 1.0 + 0.16 * (noise(seed, point) - 0.5);
    let flow = |level: f64| level * (wave + 0.9 * rise(point)) * noise;
    let latency =
        |typical: f64| typical * percentile(&line.stat) * (1.0 + 0.25 * wave + 0.8 * burst) * noise.powi(2);
    let blip = |from: usize, height: &[f64]| {
        point.checked_sub(BURST + from).and_then(|since| height.get(since).copied()).unwrap_or_default()
    };
    match line.metric.as_str() {
        // The event that was rejected five times remains until someone handles it.
        "ApproximateNumberOfMessagesVisible" if line.dead_letters == Some(0) => {
            f64::from(u8::from((BURST + 4..BURST + 17).contains(&point)))
        }
        "ApproximateNumberOfMessagesVisible" if line.dead_letters.is_some() => 0.0,
        "ApproximateNumberOfMessagesVisible" => (6.0 * wave * noise + 430.0 * burst).round(),
        "ApproximateNumberOfMessagesNotVisible" => (3.0 + 14.0 * wave * noise + 60.0 * burst).round(),
        "ApproximateAgeOfOldestMessage" => (2.0 + 11.0 * wave * noise + 640.0 * burst).round(),
        "NumberOfMessagesSent" if line.dead_letters.is_some() => 0.0,
        "MatchedEvents" | "NumberOfMessagesSent" => flow(42.0),
        "Invocations" if line.namespace == "AWS/Events" => flow(42.0),
        "Written" => 42.0 * wave * noise + 30.0 * burst,
        "Duplicates" => (2.4 * wave * noise).floor() + 5.0 * burst,
        "Invocations" => 8.0 * wave * noise + 6.0 * burst,
        "ConsumedWriteCapacityUnits" if line.dimensions.len() > 2 => 38.0 * (wave * noise + 0.8 * burst),
        "ConsumedWriteCapacityUnits" => 42.0 * (wave * noise + 0.8 * burst),
        "ConcurrentExecutions" => (1.0 + 3.0 * wave * noise + 9.0 * burst).round(),
        "Duration" => latency(84.0),
        "WriteLatency" => latency(6.1),
        "SuccessfulRequestLatency" => latency(4.2),
        name if name.ends_with("Latency") => latency(170.0),
        "WriteThrottleEvents" if line.dimensions.len() > 2 => 0.0,
        "WriteThrottleEvents" | "Throttles" => blip(1, &[4.0, 7.0, 2.0]),
        "Errors" => blip(1, &[1.0]),
        "Failed" => blip(1, &[3.0, 6.0, 1.0]),
        "Rejected" => blip(2, &[1.0, 1.0]),
        "EventAge" => latency(1_900.0),
        "SloGood" => 42.0 * wave * noise + 20.0 * burst,
        "SloBad" => blip(1, &[2.0, 9.0, 3.0]),
        "SloUncounted" => (2.4 * wave * noise).floor() + 5.0 * burst,
        "level" if line.namespace == "expression" => 100.0 - blip(1, &[0.4, 1.6, 0.7]) - 0.02 * wave * noise,
        "rate" if line.namespace == "expression" => 0.2 * wave * noise + blip(1, &[4.0, 16.0, 7.0]),
        "reasons" if line.namespace == "expression" => blip(2, &[1.0, 1.0]),
        "Conflicts" | "FailedInvocations" | "InvocationsSentToDlq" | "InvocationsFailedToBeSentToDlq" => 0.0,
        // An unknown metric: a level of its own.
        _ => flow(5.0 + f64::from(u8::try_from(seed % 90).unwrap_or_default())),
    }
}

/// Quiet at night, busiest in the early afternoon, from 0.1 to 1.
fn wave(point: usize) -> f64 {
    let hour = as_float(point) / 6.0;
    0.1 + 0.9 * (0.5 - 0.5 * ((hour - 1.5) / 24.0 * TAU).cos()).powf(1.5)
}

/// The additional traffic during the burst.
fn rise(point: usize) -> f64 {
    if (BURST - 1..BURST + 2).contains(&point) { 1.0 } else { 0.0 }
}

/// The remaining part of the burst, from 1 to 0.
fn burst(point: usize) -> f64 {
    match point.checked_sub(BURST) {
        Some(0) => 0.6,
        Some(since @ 1..=6) => 1.0 - as_float(since - 1) / 6.0,
        _ => 0.0,
    }
}

/// The factor of a statistic above the typical value.
fn percentile(stat: &str) -> f64 {
    match stat {
        "Average" => 1.2,
        "p90" => 1.7,
        "p95" => 2.2,
        "p99" => 3.6,
        "Maximum" => 6.5,
        _ => 1.0,
    }
}

/// FNV-1a over the metric's identity.
fn seed(line: &Line) -> u64 {
    let words = [&line.namespace, &line.metric, &line.stat].into_iter().chain(&line.dimensions);
    words
        .flat_map(|word| word.bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// From 0 to 1, without a visible pattern.
fn noise(seed: u64, point: usize) -> f64 {
    let mut bits = seed ^ u64::try_from(point).unwrap_or_default().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u16::try_from(bits >> 48).unwrap_or_default()) / f64::from(u16::MAX)
}

/// The number of points is small.
pub(super) fn as_float(point: usize) -> f64 {
    f64::from(u32::try_from(point).unwrap_or_default())
}
