use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::body::{Content, Position, Widget};
use super::markdown::{Paragraph, markdown};
use super::plot::{Plot, plot};

/// The variables of the page.
#[derive(Debug, Serialize)]
struct Page<'a> {
    name: &'a str,
    cards: Vec<Card<'a>>,
}

#[derive(Debug, Serialize)]
struct Card<'a> {
    position: Position,
    kind: &'static str,
    title: &'a str,
    paragraphs: Vec<Paragraph>,
    alarms: &'a [String],
    plot: Option<Plot>,
}

pub(super) fn page(name: &str, widgets: &[Widget]) -> Result<String, String> {
    let page = Page { name, cards: widgets.iter().map(card).collect() };
    expand(&page).map_err(|error| format!("{error:#}"))
}

fn card(widget: &Widget) -> Card<'_> {
    let empty = Card {
        position: widget.position,
        kind: "text",
        title: "",
        paragraphs: Vec::new(),
        alarms: &[],
        plot: None,
    };
    match &widget.content {
        Content::Text(text) => Card { paragraphs: markdown(text), ..empty },
        Content::Alarms { title, names } => Card { kind: "alarms", title, alarms: names, ..empty },
        Content::Graph(graph) => {
            Card { kind: "graph", title: &graph.title, plot: Some(plot(graph, widget.position)), ..empty }
        }
        Content::Other(kind) => Card { kind: "other", title: kind, ..empty },
    }
}

fn expand(page: &Page<'_>) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page.html.j2", include_str!("page.html.j2"))?;
    environment.get_template("page.html.j2")?.render(minijinja::value::Serde(page))
}
