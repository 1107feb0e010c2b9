use super::record::{Record, names};
use super::session::Session;
use crate::aws::Object;
use crate::operate::LastDeploy;
use crate::spec::Next;
use crate::stack::CallError;

impl Session {
    /// Who applied last, and when; `None` where no record says so.
    ///
    /// # Errors
    /// What the calls say.
    pub async fn last_deploy(&self) -> Result<Option<LastDeploy>, CallError> {
        let names = names(&self.clients, &self.store, &self.names.stack).await?;
        let Some(newest) = names.applies.last() else { return Ok(None) };
        let Object { bytes, .. } = self.clients.artifact(&self.store, newest, None).await?;
        let record: Option<Record> = serde_json::from_slice(&bytes).ok();
        Ok(record.map(|record| LastDeploy { at: record.moment(), by: record.by, result: record.result }))
    }

    /// What to type next, for this spec and this cloud.
    #[must_use]
    pub fn next(&self, next: Next) -> String {
        match next {
            Next::Command { verb, more } => self.command(verb, more),
            // The same wherever the pipeline is.
            Next::Field(_) => next.for_any_spec(),
        }
    }
}
