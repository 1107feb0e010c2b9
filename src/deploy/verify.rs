//! Reads what is deployed, for `verify`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::session::Session;
use super::template::deployed_template;
use crate::diagnostic::{Failure, codes};
use crate::stack::{DriftApi as _, Stack};
use crate::verify::{Blueprint, Check, Reading, Repair, Words, checks, look};

/// The deployed configuration, and its faults.
pub struct Inspected {
    pub template: Value,
    pub checks: Vec<Check>,
    /// The environment of the running processor, or why it could not be read.
    pub environment: Result<BTreeMap<String, String>, String>,
}

/// Compares each hop of the deployed pipeline with the deployed template.
///
/// # Errors
/// The stack cannot be read, or no service answers.
pub async fn inspect(session: &Session, stack: &Stack) -> Result<Inspected, Failure> {
    let template = deployed_template(session, &stack.name).await?;
    if !template["Resources"].is_object() {
        let message = format!(
            "pipectl did not create the deployed template of `{}`, so it cannot be compared",
            stack.name
        );
        let help = format!("see what an apply would change with `{}`", session.command("plan", ""));
        return Err(Failure::failed(codes::VERIFY_BROKEN, message, help));
    }
    let resources = session.clients.resources(&stack.id).await?;
    let location = (session.account.as_str(), session.region());
    let blueprint = Blueprint::new(&template, stack, location, &resources);
    let seen = look(&session.clients, &blueprint, !session.is_local()).await?;
    let words = Words { explain: session.command("explain encryption --policy", ""), flags: session.flags() };
    let checks = checks(&blueprint, &seen, &words);
    let environment = match seen.running {
        Reading::Found(function) => Ok(function.environment),
        Reading::Missing => Err("there is no function".to_owned()),
        Reading::Denied(action) => Err(format!("`{action}` is denied")),
        Reading::Unread(why) => Err(why),
    };
    Ok(Inspected { template, checks, environment })
}

impl Session {
    /// The command that fixes a fault.
    #[must_use]
    pub fn repair(&self, repair: &Repair) -> String {
        match repair {
            Repair::Next(next) => self.next(*next),
            Repair::Other(command) => command.clone(),
        }
    }
}
