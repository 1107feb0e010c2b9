//! A widget as SVG.

use std::fmt::Write as _;

use serde::Serialize;

use super::body::{Graph, Position};
use super::day::{POINTS, as_float, day};
use super::scale::Scale;

/// One grid unit of a page 1,600 pixels wide.
const COLUMN: f64 = 64.0;
const ROW: f64 = 44.0;

/// The size of a widget's frame, title and legend.
const FRAME: (f64, f64) = (24.0, 78.0);

/// Space around the plot, for the numbers at the axes.
const LEFT: f64 = 44.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 22.0;

/// A graph as lines and texts of an SVG, in its units.
#[derive(Debug, Serialize)]
pub(super) struct Plot {
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    units: [String; 2],
    rows: Vec<Tick>,
    right_rows: Vec<Tick>,
    hours: Vec<Tick>,
    paths: Vec<Path>,
    rules: Vec<Rule>,
}

/// A gridline, or a number at an axis.
#[derive(Debug, Serialize)]
struct Tick {
    at: f64,
    text: String,
}

#[derive(Debug, Serialize)]
struct Path {
    color: String,
    label: String,
    /// Whether it belongs to the right axis.
    right: bool,
    line: String,
    /// The area below, if lines are stacked.
    area: Option<String>,
}

/// An annotation's dashed line.
#[derive(Debug, Serialize)]
struct Rule {
    at: f64,
    /// The position of its text: above the line, or below it at the top of the plot.
    words: f64,
    /// Neighbours have their texts at different ends, so that they do not overlap.
    at_end: bool,
    color: String,
    label: String,
}

pub(super) fn plot(graph: &Graph, position: Position) -> Plot {
    let size = |units: u64, unit: f64, frame: f64, least: f64| {
        (as_float(usize::try_from(units).unwrap_or_default()) * unit - frame).max(least)
    };
    let (width, height) =
        (size(position.width, COLUMN, FRAME.0, 120.0), size(position.height, ROW, FRAME.1, 80.0));
    let two_axes = graph.lines.iter().any(|line| line.right) || graph.annotations.iter().any(|one| one.right);
    let (left, right) = (LEFT, width - if two_axes { LEFT } else { 8.0 });
    let (top, bottom) = (TOP, height - BOTTOM);

    let days = stacked_days(graph);
    let scales = [false, true].map(|side| {
        let lines = graph.lines.iter().zip(&days).filter(|(line, _)| line.right == side);
        let values = lines.flat_map(|(_, (_, upper))| upper.iter().copied());
        let limits = graph.annotations.iter().filter(|one| one.right == side).map(|one| one.value);
        Scale::to(values.chain(limits).fold(0.0, f64::max))
    });
    let scale = |side: bool| &scales[usize::from(side)];
    let across = |point: usize| left + (right - left) * as_float(point) / as_float(POINTS - 1);
    let down = |share: f64| bottom - (bottom - top) * share;
    let ticks = |side: bool| -> Vec<Tick> {
        let ticks = scale(side).ticks().into_iter();
        ticks.map(|(share, text)| Tick { at: down(share), text }).collect()
    };

    let paths = graph.lines.iter().zip(&days).map(|(line, (lower, upper))| {
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            let share = |value: f64| down(scale(line.right).share(value));
            values.iter().enumerate().map(|(point, value)| (across(point), share(*value))).collect()
        };
        let area = graph.stacked.then(|| {
            let back: Vec<(f64, f64)> = points(lower).into_iter().rev().collect();
            path(points(upper).into_iter().chain(back)) + "Z"
        });
        let (color, label) = (line.color.clone(), line.label.clone());
        Path { color, label, right: line.right, line: path(points(upper).into_iter()), area }
    });
    let rules = graph.annotations.iter().enumerate().map(|(index, one)| {
        let at = down(scale(one.right).share(one.value));
        Rule {
            at,
            words: if at - top < 14.0 { at + 13.0 } else { at - 5.0 },
            at_end: index % 2 == 1,
            color: one.color.clone(),
            label: one.label.clone(),
        }
    });
    Plot {
        paths: paths.collect(),
        rules: rules.collect(),
        rows: ticks(false),
        right_rows: if two_axes { ticks(true) } else { Vec::new() },
        hours: (0..=24_u8)
            .step_by(6)
            .map(|hour| Tick {
                at: left + (right - left) * f64::from(hour) / 24.0,
                text: format!("{hour:02}:00"),
            })
            .collect(),
        units: graph.units.clone(),
        width,
        height,
        left,
        right,
        top,
        bottom,
    }
}

/// Each line's lower and upper edge: stacked lines are on top of the previous ones.
fn stacked_days(graph: &Graph) -> Vec<(Vec<f64>, Vec<f64>)> {
    let mut below = vec![0.0; POINTS];
    let mut edges = Vec::new();
    for line in &graph.lines {
        let upper: Vec<f64> = day(line).iter().zip(&below).map(|(value, below)| value + below).collect();
        edges.push((below.clone(), upper.clone()));
        if graph.stacked {
            below = upper;
        }
    }
    edges
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if index == 0 { 'M' } else { 'L' });
    }
    path
}
