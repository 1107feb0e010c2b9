//! Checks what may prevent pipectl's commands from working: on this machine, on the connection to AWS, and in the
//! account.
//!
//! Reading and judging are separate: `look` functions call programs and services, concurrently and for a few seconds at
//! most; other functions interpret the answers without any call. Nothing is changed, started or installed.

mod access;
mod ask;
mod check;
mod machine;
mod rights;
mod subject;

pub use check::{Area, Check, State};
pub use subject::Subject;

use crate::local::{Folders, status};

/// Runs all checks, ordered by area.
pub async fn examine(subject: &Subject<'_>) -> Vec<Check> {
    let (mut checks, remainder) = tokio::join!(machine::look(subject), elsewhere(subject));
    checks.extend(remainder);
    checks.sort_by_key(|check| Area::ALL.iter().position(|area| *area == check.area));
    checks
}

async fn elsewhere(subject: &Subject<'_>) -> Vec<Check> {
    if subject.is_local {
        return local();
    }
    let access::Access { known, mut checks } = access::look(subject).await;
    match known {
        Ok((clients, identity)) => checks.extend(rights::look(subject, &clients, &identity).await),
        Err(why) => {
            checks.push(Check::skipped(Area::Account, "quotas", why));
            checks.push(Check::skipped(Area::Permissions, "reads", why));
        }
    }
    checks
}

/// The local cloud has no credentials, quotas or permissions. The first command that needs it starts it.
fn local() -> Vec<Check> {
    let running = Folders::from_environment().map(|folders| status(&folders));
    let connection = match running {
        Err(error) => Check::failed(Area::Connection, "local cloud", error.to_string(), error.help()),
        Ok(status) => match status.endpoint.filter(|_| status.running) {
            Some(endpoint) => Check::ok(Area::Connection, "local cloud", format!("it runs at {endpoint}")),
            None => Check::ok(
                Area::Connection,
                "local cloud",
                "it does not run; a command with `--local` starts it",
            ),
        },
    };
    let why = "the local cloud needs none";
    vec![
        connection,
        Check::skipped(Area::Credentials, "credentials", why),
        Check::skipped(Area::Permissions, "reads", "the local cloud allows everything"),
    ]
}
