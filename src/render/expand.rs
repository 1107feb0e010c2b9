use std::borrow::Cow;
use std::error::Error as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value as TemplateValue;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, context};
use serde_json::{Map, Value};

use super::context::Context;
use super::dashboard::dashboard;
use super::escape::escape;
use super::parse;
use super::progress::{RenderProgress, Tracked};
use super::templates::Templates;
use super::trace::{TemplateLine, mark, unmark};
use crate::diagnostic::{Code, codes};

/// Most steps of expanding a stack; ours takes some thousands. An endless loop in a template ends here.
const FUEL: u64 = 2_000_000;
/// Most bytes that a template may produce, including marks: eight times CloudFormation's limit.
const BYTES: usize = 8_000_000;

/// A stack's text, and the line of the custom templates that each of its lines comes from.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) text: String,
    pub(super) origins: Vec<Option<TemplateLine>>,
}

/// Why a template cannot be expanded.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) code: Code,
    pub(super) reason: String,
    pub(super) help: &'static str,
    /// The location, if it is in one of the custom templates.
    pub(super) origin: Option<TemplateLine>,
}

/// Expands `stack.yaml.j2` and the templates it includes.
pub(super) fn expand(
    context: &mut Context<'_>,
    templates: &Templates<'_>,
    extra: &Map<String, Value>,
    progress: &RenderProgress,
) -> Result<Expanded, Broken> {
    let marked: Vec<String> =
        templates.users().iter().enumerate().map(|(index, user)| mark(index, user.text)).collect();
    let environment =
        environment(templates, &marked, extra, progress).map_err(|error| broken(&error, templates))?;
    let run = Expansion { environment, templates, progress };
    let (body, origins) = lines(&run.render("dashboard_body.yaml.j2", context)?);
    let body = parse(&body).map_err(|reason| Broken {
        code: codes::RENDER_TEMPLATE_ERROR,
        reason: format!("the dashboard is not YAML: {reason}"),
        help: NOT_YAML,
        origin: origins.into_iter().flatten().next(),
    })?;
    // JSON in which every line is within its block: escaped again it would be one long line.
    context.dashboard_body = TemplateValue::from_safe_string(dashboard(&body));
    let (text, origins) = lines(&run.render("stack.yaml.j2", context)?);
    Ok(Expanded { text, origins })
}

pub(super) const NOT_YAML: &str = "check indentation, quotes and brackets of the lines around it";

/// The lines with their origins. Macros and conditions leave empty lines: one is retained before a resource, an output or
/// a section. No value contains a line break, because it is escaped.
fn lines(text: &str) -> (String, Vec<Option<TemplateLine>>) {
    let mut tidied = String::with_capacity(text.len());
    let mut origins = Vec::new();
    let mut gap = false;
    for line in text.trim_end().lines() {
        let (line, origin) = unmark(line);
        if line.trim_end().is_empty() {
            gap = true;
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if std::mem::take(&mut gap) && indent <= RESOURCE_INDENT && !tidied.ends_with(":\n") {
            tidied.push('\n');
            origins.push(None);
        }
        tidied.push_str(&line);
        tidied.push('\n');
        origins.push(origin);
    }
    (tidied, origins)
}

/// Indentation of a logical id, in blanks.
const RESOURCE_INDENT: usize = 2;

fn environment<'a>(
    templates: &Templates<'a>,
    marked: &'a [String],
    extra: &Map<String, Value>,
    progress: &RenderProgress,
) -> Result<Environment<'a>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A block on a line of its own leaves no empty line.
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    // Every value is written as JSON, whatever a template does: JSON is YAML, so a value cannot break out of its
    // position.
    environment.set_auto_escape_callback(|_| AutoEscape::Json);
    environment.set_formatter(|out, _, value| {
        let text = if value.is_safe() {
            value.to_string()
        } else {
            let value = serde_json::to_value(value)
                .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))?;
            escape(&value)
        };
        out.write_str(&text).map_err(minijinja::Error::from)
    });
    let names: Vec<String> = templates.users().iter().map(|user| user.name.to_owned()).collect();
    let included = progress.clone();
    environment.set_path_join_callback(move |name, _| {
        included.begins(names.iter().position(|known| known == name));
        Cow::Borrowed(name)
    });
    environment.remove_filter("safe");
    environment.add_filter("comment", |text: &str| {
        let text: String = text.chars().filter(|character| !character.is_control()).collect();
        TemplateValue::from_safe_string(format!("# {text}"))
    });
    let text = |name: &str| {
        TemplateValue::from_safe_string(
            extra.get(name).and_then(Value::as_str).unwrap_or_default().to_owned(),
        )
    };
    environment.add_global("extra", context! { resources => text("resources"), outputs => text("outputs") });
    for (name, text) in templates.fallbacks() {
        environment.add_template(name, text)?;
    }
    for (template, (user, text)) in templates.users().iter().zip(marked).enumerate() {
        progress.read(TemplateLine { template, line: 0 });
        environment.add_template(user.name, text)?;
    }
    Ok(environment)
}

/// Expands templates of one environment.
struct Expansion<'a> {
    environment: Environment<'a>,
    templates: &'a Templates<'a>,
    progress: &'a RenderProgress,
}

impl Expansion<'_> {
    fn render(&self, name: &str, context: &Context<'_>) -> Result<String, Broken> {
        let broken = |error: &minijinja::Error| broken(error, self.templates);
        self.progress.begins(self.templates.users().iter().position(|user| user.name == name));
        let template = self.environment.get_template(name).map_err(|error| broken(&error))?;
        let mut made = Tracked::new(BYTES, self.progress.clone());
        let rendered =
            template.render_captured_to(TemplateValue::from(minijinja::value::Serde(context)), &mut made);
        match rendered {
            _ if made.is_full() => Err(Broken {
                code: codes::RENDER_TOO_LARGE,
                reason: format!("it expands to more than {BYTES} bytes"),
                help: "a CloudFormation template can have 1,000,000 bytes: end the loop earlier",
                origin: made.last,
            }),
            Err(error) => Err(broken(&error)),
            Ok(_) => Ok(String::from_utf8_lossy(&made.text).into_owned()),
        }
    }
}

fn broken(error: &minijinja::Error, templates: &Templates<'_>) -> Broken {
    // An error within an included template is reported by the include, with the original error as the source.
    let mut chain = vec![error];
    while let Some(source) = chain[chain.len() - 1].source().and_then(|source| source.downcast_ref()) {
        chain.push(source);
    }
    let origin = chain.iter().rev().find_map(|error| {
        let name = error.name()?;
        let template = templates.users().iter().position(|user| user.name == name)?;
        Some(TemplateLine { template, line: error.line()? })
    });
    let innermost = chain[chain.len() - 1];
    let kind = innermost.kind();
    let reason = match innermost.detail() {
        Some(detail) => format!("{kind}: {detail}"),
        None => kind.to_string(),
    };
    let help = match kind {
        ErrorKind::UndefinedError => {
            "the comment at the top of `stack.yaml.j2` lists what templates can use; see also pipectl's own templates"
        }
        ErrorKind::UnknownFilter => {
            "the filters are Jinja's and `comment`; values are always written as JSON, so there is no `safe`"
        }
        ErrorKind::TemplateNotFound => "put it into the folder with your templates",
        ErrorKind::OutOfFuel => "end the loop earlier",
        _ => "check the Jinja syntax; pipectl's own templates (`pipectl eject`) are examples",
    };
    Broken { code: codes::RENDER_TEMPLATE_ERROR, reason, help, origin }
}
