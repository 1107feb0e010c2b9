//! From the process's start to the first poll.

use std::any::type_name_of_val;
use std::env;
use std::hint::black_box;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::{Runtime, service_fn};

use crate::client;
use crate::code::{Code, Rejected};
use crate::config::{Config, LogLevel};
use crate::dead_letters::DeadLetterQueue;
use crate::environment::{
    DEAD_LETTER_QUEUE_URL, Environment, FUNCTION_NAME, FUNCTION_VERSION, PIPELINE_CONFIG,
};
use crate::event::Event;
use crate::handler::handle;
use crate::log;
use crate::offline::{DECIDE, decide_lines};
use crate::trace::Tracer;
use crate::writer::Writer;

/// The version of the contract, for those who read the program without running it ([`crate::config::CONTRACT_MARK`]).
#[used]
static CONTRACT: [u8; 19] = *b"pipectl-contract:2;";
/// The address of Lambda's runtime API, `host:port`.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// The variables that `lambda_runtime` reads; it panics if one is missing.
const RUNTIME_VARIABLES: [&str; 4] =
    [RUNTIME_API, FUNCTION_NAME, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", FUNCTION_VERSION];
/// Time limit for reporting a failed start; nobody else waits for the report.
const REPORT_TIMEOUT: Duration = Duration::from_secs(2);

/// Runs the processor until Lambda ends it, with `transform` before the mapping. `transform` gets each event and returns
/// it, changed or not, or rejects it, which makes it a dead letter (`rejected-by-code`). This function returns only after
/// a failure.
///
/// Lines that the crate of `transform` logs with `tracing` are in the function's log, from the level of `processor.log.level` on.
///
/// `transform` is called once per decision, and one event may be decided several times: the same event must give the same
/// result. A panic is a failure of that event's record alone.
///
/// With the argument `--decide`, the program decides lines of its input instead ([`decide_lines`]): its config comes from
/// the environment as in Lambda.
#[must_use]
pub fn run_with(transform: impl Fn(Event) -> Result<Event, Rejected> + Send + Sync + 'static) -> ExitCode {
    // A linker removes unreferenced data.
    black_box(&CONTRACT);
    let crates = log::crates_of(type_name_of_val(&transform));
    let code = Code::new(move |event| Ok(transform(event)?));
    if env::args().nth(1).as_deref() == Some(DECIDE) {
        return offline(code);
    }
    let Err(message) = start(code, &crates) else {
        return ExitCode::SUCCESS;
    };
    // Does nothing if the log is already installed.
    log::install(LogLevel::Error, &[]);
    tracing::error!(reason = message, "the processor cannot run");
    ExitCode::FAILURE
}

fn offline(code: Code) -> ExitCode {
    let mut errors = io::stderr();
    let config = match Config::from_environment(|name| env::var(name).ok()) {
        Ok(config) => Config { code, ..config },
        Err(error) => {
            let _ = writeln!(errors, "`{PIPELINE_CONFIG}` is not a valid config of this processor: {error}");
            return ExitCode::FAILURE;
        }
    };
    match decide_lines(&config, io::stdin().lock(), io::stdout().lock(), Timestamp::now) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(errors, "the decisions cannot be written: {error}");
            ExitCode::FAILURE
        }
    }
}

fn start(code: Code, crates: &[&'static str]) -> Result<(), String> {
    let lookup: fn(&str) -> Option<String> = |name| env::var(name).ok();
    for name in RUNTIME_VARIABLES {
        if lookup(name).is_none() {
            return Err(format!(
                "`{name}` is not set: this program runs in AWS Lambda or under an emulator of its runtime API"
            ));
        }
    }
    let prepared = prepare(lookup);
    let (mut environment, client, dead_letters) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            report(&message);
            return Err(message);
        }
    };

    environment.config.code = code;
    log::install(environment.config.log_level, crates);
    // One thread: the work is waiting for DynamoDB, and below 1,769 MB of memory a function has less than one CPU anyway.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        // One thread: this starts once the first poll is in flight.
        tokio::spawn(client::warm_up(client.clone()));
        let writer = Writer::new(client, environment.table_name.clone(), &environment.config);
        let store = Arc::new(writer.with_dead_letters(dead_letters));
        let environment = &environment;
        let tracer = &Tracer::of_environment(lookup);
        let handler = service_fn(|event| {
            let store = Arc::clone(&store);
            async move { handle(environment, &store, tracer, event).await }
        });
        Runtime::new(handler).run().await.map_err(|error| error.to_string())
    })
}

/// Reads the environment and creates the clients.
fn prepare(
    lookup: fn(&str) -> Option<String>,
) -> Result<(Environment, aws_sdk_dynamodb::Client, Option<DeadLetterQueue>), String> {
    let environment = Environment::read(lookup).map_err(|error| error.to_string())?;
    let client = client::build(lookup).map_err(|error| error.to_string())?;
    let url = lookup(DEAD_LETTER_QUEUE_URL).filter(|url| !url.trim().is_empty());
    let dead_letters = url.map(|url| {
        // Its client is created for the first dead letter; an endpoint that must not be used is an error now.
        client::endpoint(lookup, client::SQS)?;
        let version = lookup(FUNCTION_VERSION).unwrap_or_default();
        Ok(DeadLetterQueue::of_environment(url, &version, lookup))
    });
    let dead_letters = dead_letters.transpose().map_err(|error: client::ClientError| error.to_string())?;
    Ok((environment, client, dead_letters))
}

/// Reports to Lambda why the start failed, so that the message is in the console and in the answer of a test invocation.
/// The runtime crate has no call for this; the API is one plain HTTP request. A failure here has no effect: the exit code
/// follows.
fn report(message: &str) {
    let Ok(address) = env::var(RUNTIME_API) else {
        return;
    };
    let body = serde_json::json!({"errorType": "ProcessorInit", "errorMessage": message}).to_string();
    let request = format!(
        "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         lambda-runtime-function-error-type: ProcessorInit\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let send = || -> std::io::Result<()> {
        let mut stream = TcpStream::connect(&address)?;
        stream.set_read_timeout(Some(REPORT_TIMEOUT))?;
        stream.set_write_timeout(Some(REPORT_TIMEOUT))?;
        stream.write_all(request.as_bytes())?;
        stream.read(&mut [0; 512]).map(drop)
    };
    let _ = send();
}

#[cfg(test)]
mod tests {
    use crate::config::{CONTRACT_MARK, VERSION};

    #[test]
    fn the_program_carries_the_version_of_its_contract() {
        assert_eq!(super::CONTRACT.as_slice(), format!("{CONTRACT_MARK}{VERSION};").as_bytes());
    }
}
