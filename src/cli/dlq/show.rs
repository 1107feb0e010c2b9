use std::time::Instant;

use clap::Args;
use processor::attribute::{Attribute, AttributeValue};
use processor::reason::Place;
use serde_json::{Value, json};

use super::explain::Explainer;
use super::explained::{Explained, STORABLE};
use super::found::first;
use super::list::looked;
use super::run::QueueRun;
use super::selection::Queue;
use crate::cli::{Outcome, Stop};
use crate::deploy::{Session, quoted};
use crate::diagnostic::{Exit, Failure, codes};
use crate::operate::{Letter, queued};
use crate::report::{Console, Fault, Format, harmless, marked_text, pairs};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) queue: Queue,
    /// The message's id, as `dlq list` shows it.
    #[arg(value_name = "MESSAGE_ID")]
    id: String,
}

pub(super) async fn show(
    arguments: &Arguments,
    explainer: &Explainer<'_>,
    mut run: QueueRun<'_>,
    console: &mut Console,
) -> Outcome {
    let session = explainer.session;
    let queue = arguments.queue.name(session);
    let begun = Instant::now();
    let is_it = |letter: &Letter| [letter.origin(), &letter.message_id].contains(&arguments.id.as_str());
    let found = first(session, queue, &mut run, is_it).await?;
    let took = begun.elapsed();
    let Some(letter) = found else {
        let list = arguments.queue.command(session, "list", "--all");
        let hidden = run.hidden();
        if hidden.count > 0 {
            return Err(hidden.failure(&arguments.queue.command(session, "show", &quoted(&arguments.id))));
        }
        let message = format!("no message in {queue} has the id `{}`", harmless(&arguments.id));
        let help = format!("list the messages with `{list}`");
        return Err(Stop::Failure(Failure::failed(codes::DLQ_NOT_FOUND, message, help)));
    };
    let explained = explainer.explain(std::slice::from_ref(&letter)).await?;
    let Some(one) = explained.first() else { return Ok(Exit::Done) };
    let body = queued(&explainer.config, &letter.body);
    if console.format == Format::Json {
        console.data(&document(one, &letter).to_string())?;
        return Ok(Exit::Done);
    }
    let fault = one
        .refused
        .as_ref()
        .and_then(|refused| Some(Fault { place: refused.place.clone()?, words: refused.message.clone() }));
    let head = pairs(head(one, &letter));
    console.data(&format!("{head}\n\n{}", marked_text(&body, fault.as_ref())))?;
    console.note(&looked(took));
    console.note(&format!("\n  next: {}", next(&arguments.queue, one, session)));
    Ok(Exit::Done)
}

/// What is known of the message besides its body.
fn head(one: &Explained, letter: &Letter) -> Vec<(&'static str, String)> {
    let mut head =
        vec![("message", one.message_id.clone()), ("reason", format!("{}: {}", one.reason, one.words()))];
    let now = one.refused.as_ref().filter(|refused| refused.reason.as_str() != one.reason);
    head.extend(now.map(|refused| ("now", format!("{}: {}", refused.reason, refused.message))));
    if let Some(redriven) = &one.redriven {
        let times = if redriven.times == 1 { "once".to_owned() } else { format!("{} times", redriven.times) };
        head.push(("failed again", format!("it was redriven {times}, most recently at {}", redriven.at)));
    }
    head.extend(one.sent_at().map(|at| ("sent", at)));
    head.push(("attempts", one.attempts.map_or_else(|| "unknown".to_owned(), |count| count.to_string())));
    if let Some(death) = &one.death {
        let said = [
            ("event", &death.event_id),
            ("queued", &death.queued_at),
            ("received", &death.first_received),
            ("by", &death.pipeline_version),
        ];
        head.extend(
            said.into_iter().filter(|(_, said)| !said.is_empty()).map(|(name, said)| (name, said.clone())),
        );
    }
    head.extend(letter.group.clone().map(|group| ("group", group)));
    head.extend(letter.trace_header.clone().map(|trace| ("trace", trace)));
    for (name, Attribute { value, .. }) in &letter.attributes {
        let value = match value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        head.push(("attribute", format!("{name} = {value}")));
    }
    head.into_iter().map(|(name, value)| (name, harmless(&value))).collect()
}

fn document(one: &Explained, letter: &Letter) -> Value {
    let mut message = one.entry();
    message["body"] = letter.body.as_str().into();
    message["attributes"] = json!(letter.attributes);
    message["group"] = json!(letter.group);
    message["trace_header"] = json!(letter.trace_header);
    if let Some(refused) = &one.refused {
        let place = refused.place.as_ref().map(|place| match place {
            Place::Pointer(pointer) => json!({ "pointer": pointer }),
            Place::Byte(byte) => json!({ "byte": byte }),
        });
        message["refused"] = json!({"reason": refused.reason, "message": refused.message, "place": place});
    }
    json!({"version": 1, "message": message})
}

fn next(queue: &Queue, one: &Explained, session: &Session) -> String {
    let id = quoted(&one.message_id);
    if one.reason == STORABLE {
        return queue.command(session, "redrive", &format!("--message {id}"));
    }
    let edit = queue.command(session, "edit", &id);
    format!("{edit}  # edits and redrives it; `--set PATH=VALUE` needs no editor")
}
