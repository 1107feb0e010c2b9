//! The change sets of an adoption.

use serde_json::Value;

use super::adopt::Adoption;
use super::execute::execute;
use super::observer::Observer;
use super::operations::ChangeSet;
use super::proposal::{Loss, Proposal};
use super::rollout::{has_macros, reachable};
use super::session::Session;
use super::token::token;
use crate::apply::prepare;
use crate::diagnostic::Failure;
use crate::plan::{Holds, holds};
use crate::render;
use crate::stack::{ChangeAction, ChangeSetRequest, ResourceToImport};

impl Adoption<'_> {
    /// Executes a change set whose question was answered with the adoption; losses that only show now must be accepted.
    pub(super) async fn change(
        &self,
        request: ChangeSetRequest,
        observer: &mut dyn Observer,
    ) -> Result<(), Failure> {
        let Session { clients, clock, .. } = self.session;
        let Some(prepared) = prepare(clients, request, *clock).await? else { return Ok(()) };
        let deletions = prepared.change_set.changes.iter().filter(|change| {
            matches!(change.action, ChangeAction::Replace | ChangeAction::Remove)
                && holds(&change.resource_type) != Holds::Nothing
        });
        let losses = deletions.map(|change| {
            let id = &change.logical_id;
            Loss::of_data(id, format!("`{id}` would be replaced, and its data lost"))
        });
        let losses = losses.collect();
        let proposal = Proposal { losses, ..Proposal::new(ChangeSet::new(prepared)) };
        let approved = proposal.consent(self.session, &self.consent.answered(), observer).await?;
        execute(self.session, approved, self.checked.spec().deploy.production, observer).await?;
        Ok(())
    }

    /// For the spec's stack, which it creates. Without tags: an import does not support them, and the apply after it
    /// sets them.
    pub(super) async fn request(
        &self,
        template: &Value,
        imports: Vec<ResourceToImport>,
    ) -> Result<ChangeSetRequest, Failure> {
        let token = token("adopt", &render::digest(template));
        Ok(ChangeSetRequest {
            stack: self.session.names.stack.clone(),
            name: token.clone(),
            token,
            creates: true,
            keeps_on_failure: true,
            template: reachable(self.session, template.to_string()).await?,
            parameters: Default::default(),
            tags: Default::default(),
            role_arn: self.checked.spec().deploy.role_arn.clone().filter(|_| !imports.is_empty()),
            // The other stack may name its roles, and may use macros.
            names_a_role: true,
            has_macros: has_macros(template),
            watch: None,
            express: false,
            reverts_drift: false,
            imports,
        })
    }
}
