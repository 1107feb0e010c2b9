use super::record::newest;
use super::session::Session;
use crate::operate::LastDeploy;
use crate::spec::Next;
use crate::stack::CallError;

impl Session {
    /// Who applied last, and when; `None` where no record says so.
    ///
    /// # Errors
    /// What the calls say.
    pub async fn last_deploy(&self) -> Result<Option<LastDeploy>, CallError> {
        let record = newest(&self.clients, &self.store, &self.names.stack).await?;
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
