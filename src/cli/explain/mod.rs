//! `pipectl explain`: codes, fields, reasons, and where the data of a key is stored.

mod limit;
mod policy;
mod retention;
mod subject;
mod topics;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use self::retention::RETENTION;
use self::subject::{Subject, nearest};
use super::Outcome;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format, topics_text};

/// Explain an error code, a field of the spec, or a dead letter's reason. Without a topic, list all topics.
///
/// `explain SPEC retention` lists where the data of one key is stored and for how long.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A code such as `queue::visibility-too-short`, a field such as `queue.retention_days`, a dead letter's
    /// reason such as `missing-field`, or `exit-codes`. Or a spec, followed by what to explain.
    #[arg(value_name = "TOPIC|SPEC")]
    subject: Option<String>,
    /// With a spec: `retention`, where the data of one key is stored and for how long.
    #[arg(value_name = "ASPECT", requires = "subject", conflicts_with = "policy")]
    aspect: Option<String>,
    /// With `encryption`: print what the policies of the KMS keys in this spec must allow.
    #[arg(long, value_name = "SPEC")]
    policy: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    if let Some(spec) = &arguments.policy {
        return policy::print(arguments.subject.as_deref(), spec, console);
    }
    let Some(name) = arguments.subject.as_deref() else { return list(console) };
    match arguments.aspect.as_deref() {
        // The reverse order of arguments is also accepted.
        Some(spec) if name == RETENTION => return retention::print(spec, RETENTION, console),
        Some(aspect) => return retention::print(name, aspect, console),
        None if name == RETENTION => return Err(retention::of_no_spec().into()),
        None => {}
    }
    let Some(subject) = Subject::find(name) else { return Err(unknown(name).into()) };
    console.data(&match console.format {
        Format::Human => subject.page(name, console.width()),
        Format::Json => subject.document(name).to_string(),
    })?;
    Ok(Exit::Done)
}

fn list(console: &mut Console) -> Outcome {
    let groups = topics::groups();
    if console.format == Format::Json {
        let topics: Vec<_> = groups
            .iter()
            .flat_map(|group| group.topics.iter().map(move |topic| (group, topic)))
            .map(|(group, topic)| json!({"name": topic.name, "kind": group.kind, "summary": topic.summary}))
            .collect();
        console.data(&json!({"version": 1, "topics": topics}).to_string())?;
        return Ok(Exit::Done);
    }
    console.data(&topics_text(&groups, console.width()))?;
    console.note("\n  next: pipectl explain TOPIC");
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Failure {
    let near = nearest(name);
    let help = match near.as_slice() {
        [] => "`pipectl explain` lists all topics".to_owned(),
        [only] => format!("did you mean `{only}`? `pipectl explain` lists all topics"),
        some => format!("did you mean one of `{}`? `pipectl explain` lists all topics", some.join("`, `")),
    };
    let message = format!("unknown topic `{name}`: no code, field or reason has this name");
    Failure::new(Exit::Usage, Diagnostic::error(codes::USAGE_WRONG, message).help(help))
}
