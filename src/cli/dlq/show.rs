use std::time::Instant;

use clap::Args;
use processor::attribute::{Attribute, AttributeValue};
use processor::reason::Location;
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
use crate::operate::{DeadLetter, queued};
use crate::report::{Console, Fault, Format, marked_text, pairs, printable};

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
    let is_it = |dead_letter: &DeadLetter| {
        [dead_letter.origin(), &dead_letter.message_id].contains(&arguments.id.as_str())
    };
    let found = first(session, queue, &mut run, is_it).await?;
    let took = begun.elapsed();
    let Some(dead_letter) = found else {
        let list = arguments.queue.command(session, "list", "--all");
        let hidden = run.hidden();
        if hidden.count > 0 {
            return Err(hidden.failure(&arguments.queue.command(session, "show", &quoted(&arguments.id))));
        }
        let message = format!("no message in {queue} has the id `{}`", printable(&arguments.id));
        let help = format!("list the messages with `{list}`");
        return Err(Stop::Failure(Failure::failed(codes::DLQ_NOT_FOUND, message, help)));
    };
    let explained = explainer.explain(std::slice::from_ref(&dead_letter)).await?;
    let Some(one) = explained.first() else { return Ok(Exit::Done) };
    let body = queued(&explainer.config, &dead_letter.body);
    if console.format == Format::Json {
        console.data(&document(one, &dead_letter).to_string())?;
        return Ok(Exit::Done);
    }
    let fault = one.refused.as_ref().and_then(|refused| {
        Some(Fault { location: refused.location.clone()?, words: refused.message.clone() })
    });
    let head = pairs(head(one, &dead_letter));
    console.data(&format!("{head}\n\n{}", marked_text(&body, fault.as_ref())))?;
    console.note(&looked(took));
    console.note(&format!("\n  next: {}", next(&arguments.queue, one, session)));
    Ok(Exit::Done)
}

/// What is known of the message besides its body.
fn head(one: &Explained, dead_letter: &DeadLetter) -> Vec<(&'static str, String)> {
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
        let fields = [
            ("event", &death.event_id),
            ("queued", &death.queued_at),
            ("received", &death.first_received),
            ("by", &death.pipeline_version),
        ];
        head.extend(
            fields
                .into_iter()
                .filter(|(_, fields)| !fields.is_empty())
                .map(|(name, fields)| (name, fields.clone())),
        );
    }
    head.extend(dead_letter.group.clone().map(|group| ("group", group)));
    head.extend(dead_letter.trace_header.clone().map(|trace| ("trace", trace)));
    for (name, Attribute { value, .. }) in &dead_letter.attributes {
        let value = match value {
            AttributeValue::Text(text) => text.clone(),
            AttributeValue::Bytes(bytes) => format!("{} bytes", bytes.len()),
        };
        head.push(("attribute", format!("{name} = {value}")));
    }
    head.into_iter().map(|(name, value)| (name, printable(&value))).collect()
}

fn document(one: &Explained, dead_letter: &DeadLetter) -> Value {
    let mut message = one.entry();
    message["body"] = dead_letter.body.as_str().into();
    message["attributes"] = json!(dead_letter.attributes);
    message["group"] = json!(dead_letter.group);
    message["trace_header"] = json!(dead_letter.trace_header);
    if let Some(refused) = &one.refused {
        let location = refused.location.as_ref().map(|location| match location {
            Location::Pointer(pointer) => json!({ "pointer": pointer }),
            Location::Byte(byte) => json!({ "byte": byte }),
        });
        message["refused"] = json!({"reason": refused.reason, "message": refused.message, "place": location});
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
