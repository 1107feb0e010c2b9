use camino::Utf8PathBuf;
use clap::Args;
use processor::attribute::message_bytes;
use processor::parse::LARGEST_BODY;
use serde_json::json;

use super::selection::Queue;
use crate::cli::reporter::Reporter;
use crate::cli::{Outcome, Stop};
use crate::deploy::{Ledger, Session, quoted};
use crate::diagnostic::{Exit, Failure, codes};
use crate::input;
use crate::interrupt::asked;
use crate::operate::{DeadLetter, read_saved, send_all};
use crate::report::{Console, Format, printable};

/// Bytes of a line: a message of 1 MiB, in which a character may be escaped as six, and its attributes.
const LONGEST: usize = 8 * 1024 * 1024;
/// The most messages that are sent together.
const PORTION: usize = 100;
const PORTION_BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) queue: Queue,
    /// A file of messages written by `dlq export` or `dlq purge --save`; `-` for stdin.
    #[arg(value_name = "FILE.jsonl")]
    file: Utf8PathBuf,
}

/// The result of an import, even if it ended early.
#[derive(Default)]
struct Import {
    sent: usize,
    /// The line that ended it, and why.
    wrong: Option<(usize, String)>,
}

pub(super) async fn import(arguments: &Arguments, session: &Session, console: &mut Console) -> Outcome {
    let Arguments { queue, file } = arguments;
    let name = queue.name(session);
    let mut ledger = Ledger::new(session, "import", name, file.to_string());
    let activity = console.activity("messages");
    let mut done = Import::default();
    let report = |sent: usize| activity.update(&format!("{sent} sent"));
    let end = send_lines(arguments, session, &mut ledger, &mut done, &report).await;
    activity.clear();
    let is_complete = end.is_ok() && done.wrong.is_none() && asked().is_none();
    ledger.end(done.sent, 0, is_complete, &mut Reporter::new(console)).await;
    let sent = done.sent;
    if end.is_ok() || sent > 0 {
        console.outcome(&match console.format {
            Format::Json => json!({"version": 1, "imported": sent}).to_string(),
            Format::Human => format!("  {sent} imported into {name}"),
        });
    }
    end?;
    if let Some((line, reason)) = done.wrong {
        let message = format!("line {line} of `{file}` is not a saved message: {}", printable(&reason));
        let import = queue.command(session, "import", "-");
        let next_step = match file.as_str() {
            "-" => "import that line and the lines after it".to_owned(),
            file => format!("continue with `tail -n +{line} {} | {import}`", quoted(file)),
        };
        let help = format!("{sent} messages before it are in the queue; fix the line and {next_step}");
        return Err(Stop::Failure(Failure::failed(codes::DLQ_INVALID_LINE, message, help)));
    }
    console.note(&format!("\n  next: {}", queue.command(session, "list", "")));
    Ok(Exit::Done)
}

async fn send_lines(
    arguments: &Arguments,
    session: &Session,
    ledger: &mut Ledger<'_>,
    done: &mut Import,
    report: &dyn Fn(usize),
) -> Result<(), Stop> {
    let Arguments { queue, file } = arguments;
    let unreadable = |refusal: input::Refusal| {
        let message = format!("`{file}` cannot be read: {refusal}");
        Stop::Failure(Failure::failed(
            codes::DLQ_INVALID_LINE,
            message,
            "name a file that `dlq export` wrote, or `-`",
        ))
    };
    let (mut dead_letters, mut bytes): (Vec<DeadLetter>, usize) = (Vec::new(), 0);
    let mut lines = input::lines(file, LONGEST).map_err(unreadable)?.enumerate();
    while done.wrong.is_none() && asked().is_none() {
        let next = lines.next();
        let is_last = next.is_none();
        if let Some((index, line)) = next {
            let line = line.map_err(|refusal| refusal.to_string());
            if line.as_ref().is_ok_and(|line| line.trim().is_empty()) {
                continue;
            }
            match line.and_then(|line| read_saved(&line)).and_then(fits) {
                Ok(dead_letter) => {
                    bytes += dead_letter.body.len();
                    dead_letters.push(DeadLetter { message_id: index.to_string(), ..dead_letter });
                }
                Err(reason) => done.wrong = Some((index + 1, reason)),
            }
        }
        let is_full = dead_letters.len() >= PORTION || bytes >= PORTION_BYTES;
        if !dead_letters.is_empty() && (is_full || is_last || done.wrong.is_some()) {
            ledger.begin().await;
            bytes = 0;
            let (sent, end) =
                send_all(&session.clients, queue.name(session), std::mem::take(&mut dead_letters)).await;
            done.sent += sent;
            report(done.sent);
            if let Some(reason) = end? {
                let message =
                    format!("SQS refused a message after {} were sent: {}", done.sent, printable(&reason));
                let help =
                    "the messages already sent are in the queue; sent again, they would be in it twice";
                return Err(Stop::Failure(Failure::failed(codes::SEND_INCOMPLETE, message, help)));
            }
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Refuses empty and too large messages, which SQS does not accept.
fn fits(dead_letter: DeadLetter) -> Result<DeadLetter, String> {
    let bytes = message_bytes(&dead_letter.body, &dead_letter.attributes);
    if dead_letter.body.is_empty() {
        return Err("its body is empty".to_owned());
    }
    if bytes > LARGEST_BODY {
        return Err(format!("it has {bytes} bytes, but SQS takes {LARGEST_BODY} at most"));
    }
    Ok(dead_letter)
}
