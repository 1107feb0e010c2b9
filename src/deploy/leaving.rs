//! What a destroy deletes and what it retains.

use serde_json::Value;

use super::nested::data_of;
use super::proposal::Loss;
use super::session::Session;
use super::template::template_of;
use crate::diagnostic::Failure;
use crate::operate::{QueueApi as _, TableApi as _};
use crate::plan::outlives;
use crate::stack::{CallError, CallErrorKind, DriftApi as _, Stack, StackResource};

/// What the deletion of a stack deletes and what it retains.
#[derive(Debug, Default)]
pub struct Leaving {
    /// The number of deleted resources.
    pub deleted_count: usize,
    /// Logical ids of the retained resources.
    pub stays: Vec<String>,
    /// Messages in each of the deleted queues, by logical id; `None`: they could not be counted.
    pub messages: Vec<(String, Option<u64>)>,
    /// Rows of the table; in AWS the count is up to six hours old.
    pub rows: Option<u64>,
    /// Whether the table is deleted.
    pub deletes_table: bool,
    /// Whether the archive is deleted, with all its events.
    pub archive: bool,
    /// What could not be read, and why.
    pub unread: Vec<String>,
    pub(super) losses: Vec<Loss>,
    /// The deployed template, which determines what a deletion retains, not the current spec.
    pub(super) template: Value,
}

/// What the deletion of a stack would delete and retain.
///
/// # Errors
/// The stack's template or resources cannot be read. A queue or table that cannot be read is only named.
pub async fn leaving(session: &Session, stack: &Stack) -> Result<Leaving, Failure> {
    let template = template_of(session, stack).await?;
    let defined = template["Resources"].as_object().cloned().unwrap_or_default();
    let stays = |resource: &Value| outlives(resource["DeletionPolicy"].as_str());
    let resources = session.clients.resources(&stack.id).await?;
    let mut leaving = Leaving {
        stays: defined.iter().filter(|(_, one)| stays(one)).map(|(id, _)| id.clone()).collect(),
        template,
        ..Leaving::default()
    };
    leaving.deleted_count = defined.len() - leaving.stays.len();
    leaving.archive = defined.contains_key("Archive") && !leaving.stays.contains(&"Archive".to_owned());
    // A table of this name that is not the stack's is never deleted.
    if defined.contains_key("EventsTable") {
        // By its physical name in the stack: the spec may have another name by now.
        let own = resources.iter().find(|one| one.logical_id == "EventsTable" && one.exists());
        let name = own.map_or(&session.names.table, |one| &one.physical_id);
        let rows = session.clients.row_count(name).await;
        leaving.rows = leaving.read(rows);
        leaving.deletes_table = !leaving.stays.contains(&"EventsTable".to_owned());
    }
    for one in data_of(session, &leaving.template, &resources, &[]).await? {
        leaving.weigh(session, &one).await;
    }
    Ok(leaving)
}

impl Leaving {
    /// The count; `None` if the resource does not exist, or cannot be read, which is noted.
    fn read(&mut self, answer: Result<u64, CallError>) -> Option<u64> {
        match answer {
            Ok(count) => Some(count),
            Err(error) if error.kind == CallErrorKind::NotFound => None,
            Err(error) => {
                self.unread.push(error.to_string());
                None
            }
        }
    }

    /// Counts the data of one resource that is deleted.
    async fn weigh(&mut self, session: &Session, one: &StackResource) {
        let id = one.logical_id.as_str();
        let name = one.physical_id.rsplit('/').next().unwrap_or_default();
        let message = match one.resource_type.as_str() {
            "AWS::SQS::Queue" => {
                let depth = session.clients.depth(name).await;
                let count = self.read(depth.map(|depth| depth.visible + depth.in_flight));
                self.messages.push((id.to_owned(), count));
                // Messages in the local cloud are not worth a question.
                if count == Some(0) || session.is_local() {
                    return;
                }
                match count {
                    Some(count) => format!("{count} messages in `{id}` are deleted with it"),
                    None => format!("messages in `{id}` are deleted with it; they could not be counted"),
                }
            }
            "AWS::DynamoDB::Table" => {
                format!("table `{name}` (`{id}`) and its rows are deleted with the stack: nothing retains it")
            }
            kind => format!("`{id}` ({kind}, {name}) is deleted with the stack, with any data in it"),
        };
        self.losses.push(Loss::of_data(id, message));
    }

    /// The queues that have messages.
    pub fn filled(&self) -> impl Iterator<Item = (&str, u64)> {
        let filled = self.messages.iter().filter_map(|(id, count)| Some((id.as_str(), (*count)?)));
        filled.filter(|(_, count)| *count > 0)
    }
}
