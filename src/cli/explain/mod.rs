mod policy;
mod subject;
mod topics;

use camino::Utf8PathBuf;
use clap::Args;
use serde_json::json;

use self::subject::{Subject, nearest};
use super::Outcome;
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::report::{Console, Format, topics_text};

/// Explain a diagnostic's code, a spec's field or why an event became a dead letter; without a topic, list all of them.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A code such as `queue::visibility-too-short`, a field such as `queue.retention_days`, a dead letter's reason such as
    /// `missing-field`, or `exit-codes`.
    #[arg(value_name = "TOPIC")]
    subject: Option<String>,
    /// With `encryption`: print what the policies of this spec's KMS keys must allow.
    #[arg(long, value_name = "SPEC")]
    policy: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    if let Some(spec) = &arguments.policy {
        return policy::print(arguments.subject.as_deref(), spec, console);
    }
    let Some(name) = arguments.subject.as_deref() else { return list(console) };
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
