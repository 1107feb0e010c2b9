use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value as TemplateValue;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::context::Context;
use super::dashboard::dashboard;
use super::parse;
use crate::spec::Spec;

/// One template per noun; `stack` includes the others.
const TEMPLATES: [(&str, &str); 8] = [
    ("stack.yaml.j2", include_str!("stack/stack.yaml.j2")),
    ("table.yaml.j2", include_str!("stack/table.yaml.j2")),
    ("queue.yaml.j2", include_str!("stack/queue.yaml.j2")),
    ("bus.yaml.j2", include_str!("stack/bus.yaml.j2")),
    ("processor.yaml.j2", include_str!("stack/processor.yaml.j2")),
    ("alarms.yaml.j2", include_str!("stack/alarms.yaml.j2")),
    ("dashboard.yaml.j2", include_str!("stack/dashboard.yaml.j2")),
    ("outputs.yaml.j2", include_str!("stack/outputs.yaml.j2")),
];

const DASHBOARD_BODY: &str = include_str!("stack/dashboard_body.yaml.j2");

/// The text of the template for a spec.
pub(super) fn expand(spec: &Spec) -> Result<String, String> {
    let environment = environment().map_err(|error| format!("{error:#}"))?;
    let mut context = Context::new(spec)?;
    let body = render(&environment, "dashboard_body.yaml.j2", &context)?;
    // JSON, and every line of it within its block: escaped once more it would be one long line.
    context.dashboard_body = TemplateValue::from_safe_string(dashboard(&parse(&body)?));
    let text = render(&environment, "stack.yaml.j2", &context)?;
    Ok(tidy(&text))
}

/// One empty line at most between two others. No value holds an empty line: JSON escapes line breaks.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    for line in text.trim_end().lines() {
        if !line.is_empty() || !tidied.ends_with("\n\n") {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied
}

fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A block on a line of its own leaves no line behind.
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // JSON is YAML: a value written as JSON cannot break out of its place.
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    environment.add_template("dashboard_body.yaml.j2", DASHBOARD_BODY)?;
    Ok(environment)
}

fn render(environment: &Environment<'_>, name: &str, context: &Context<'_>) -> Result<String, String> {
    let template = environment.get_template(name).map_err(|error| format!("{error:#}"))?;
    template
        .render(TemplateValue::from(minijinja::value::Serde(context)))
        .map_err(|error| format!("{error:#}"))
}
