//! The widgets of a dashboard body.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// Used for a line without a colour of its own, in CloudWatch's order.
const COLORS: [&str; 6] = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b"];

/// CloudWatch's grid has no more columns, and no taller widget.
const COLUMNS: u64 = 24;
const TALLEST: u64 = 1000;

/// A widget and its position in the grid.
#[derive(Debug)]
pub(super) struct Widget {
    pub(super) position: Position,
    pub(super) content: Content,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Position {
    pub(super) x: u64,
    pub(super) y: u64,
    pub(super) width: u64,
    pub(super) height: u64,
}

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    Alarms {
        title: String,
        names: Vec<String>,
    },
    Graph(Graph),
    /// A kind of widget that the preview does not support.
    Other(String),
}

#[derive(Debug)]
pub(super) struct Graph {
    pub(super) title: String,
    pub(super) stacked: bool,
    /// The labels of the left and the right axis.
    pub(super) units: [String; 2],
    pub(super) lines: Vec<Line>,
    pub(super) annotations: Vec<Annotation>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub(super) namespace: String,
    pub(super) metric: String,
    /// Names and values of the metric's dimensions.
    pub(super) dimensions: Vec<String>,
    pub(super) label: String,
    pub(super) color: String,
    pub(super) stat: String,
    pub(super) right: bool,
    /// Set for a dead-letter queue: the number of such queues before it.
    pub(super) dead_letters: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Annotation {
    pub(super) label: String,
    pub(super) value: f64,
    pub(super) color: String,
    pub(super) right: bool,
}

pub(super) fn widgets(body: &Value) -> Vec<Widget> {
    let mut widgets: Vec<Widget> = list(&body["widgets"]).iter().map(widget).collect();
    // Narrow pages show the widgets one below the other.
    widgets.sort_by_key(|widget| (widget.position.y, widget.position.x));
    mark_dead_letters(&mut widgets);
    widgets
}

fn widget(value: &Value) -> Widget {
    let number = |key: &str, least: u64, most: u64| value[key].as_u64().unwrap_or(least).clamp(least, most);
    let x = number("x", 0, COLUMNS - 1);
    let position = Position {
        x,
        y: number("y", 0, u64::from(u16::MAX)),
        width: number("width", 1, COLUMNS - x),
        height: number("height", 1, TALLEST),
    };
    let properties = &value["properties"];
    let title = text(&properties["title"]);
    let content = match value["type"].as_str() {
        Some("text") => Content::Text(text(&properties["markdown"])),
        Some("alarm") => {
            let names = list(&properties["alarms"]).iter().map(|arn| {
                let arn = text(arn);
                arn.split_once(":alarm:").map_or(arn.clone(), |(_, name)| name.to_owned())
            });
            Content::Alarms { title, names: names.collect() }
        }
        Some("metric") => Content::Graph(graph(title, properties)),
        other => Content::Other(other.unwrap_or("nothing").to_owned()),
    };
    Widget { position, content }
}

fn graph(title: String, properties: &Value) -> Graph {
    let lines = list(&properties["metrics"]).iter().enumerate();
    let annotations = list(&properties["annotations"]["horizontal"]).iter();
    Graph {
        title,
        stacked: properties["stacked"] == true,
        units: ["left", "right"].map(|side| text(&properties["yAxis"][side]["label"])),
        lines: lines
            .filter(|(_, metric)| list(metric).last().is_none_or(|options| options["visible"] != false))
            .map(|(index, metric)| line(metric, COLORS[index % COLORS.len()], properties))
            .collect(),
        annotations: annotations
            .map(|one| Annotation {
                label: text(&one["label"]),
                value: one["value"].as_f64().unwrap_or_default(),
                color: color(&one["color"], COLORS[3]),
                right: one["yAxis"] == "right",
            })
            .collect(),
    }
}

fn line(metric: &Value, usual: &str, properties: &Value) -> Line {
    let mut words: Vec<String> = list(metric).iter().filter(|part| part.is_string()).map(text).collect();
    let dimensions = words.split_off(words.len().min(2));
    let mut words = words.into_iter();
    let (mut namespace, mut name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let options = list(metric).last().filter(|last| last.is_object()).unwrap_or(&Value::Null);
    if let Some(id) = options["id"].as_str().filter(|_| options["expression"].is_string()) {
        // A computed metric has a curve of its own, by its id.
        (namespace, name) = ("expression".to_owned(), id.to_owned());
    }
    let stat = [&options["stat"], &properties["stat"]].into_iter().find_map(Value::as_str);
    Line {
        label: options["label"].as_str().unwrap_or(&name).to_owned(),
        color: color(&options["color"], usual),
        stat: stat.unwrap_or("Average").to_owned(),
        right: options["yAxis"] == "right",
        dead_letters: None,
        namespace,
        metric: name,
        dimensions,
    }
}

/// A queue whose age is on the dashboard is read by a function; the others contain dead letters.
fn mark_dead_letters(widgets: &mut [Widget]) {
    let mut lines: Vec<&mut Line> = widgets
        .iter_mut()
        .filter_map(|widget| match &mut widget.content {
            Content::Graph(graph) => Some(&mut graph.lines),
            _ => None,
        })
        .flatten()
        .filter(|line| line.namespace == "AWS/SQS")
        .collect();
    let read: BTreeSet<Vec<String>> = lines
        .iter()
        .filter(|line| {
            // Events also arrive in the queue of undelivered events.
            line.metric == "ApproximateAgeOfOldestMessage"
        })
        .map(|line| line.dimensions.clone())
        .collect();
    let unread = lines.iter_mut().filter(|line| !read.contains(&line.dimensions));
    for (index, line) in unread.enumerate() {
        line.dead_letters = Some(index);
    }
}

/// A colour in CloudWatch's notation. Anything else could make a page load something.
fn color(value: &Value, usual: &str) -> String {
    let color = value.as_str().unwrap_or_default();
    let digits = color.strip_prefix('#').unwrap_or_default();
    let right = [3, 6].contains(&digits.len()) && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    if right { color } else { usual }.to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
