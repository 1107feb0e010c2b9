use aws_sdk_cloudformation::types::{
    self, Capability, ChangeSetType, DeletionMode, DeploymentMode, EventFilter, ExecutionStatus,
    OnStackFailure,
};

use super::Clients;
use super::cloudformation_types::{
    event, express, parameters, resource_change, rollback, stack, tags, to_import,
};
use super::error::{missing, required};
use crate::stack::{
    CallError, CallErrorKind, ChangeSet, ChangeSetRequest, ChangeSetStatus, Deletion, Stack, StackApi,
    StackEvent, TemplateSource, ValidationFinding,
};

impl StackApi for Clients {
    async fn stack(&self, name: &str) -> Result<Option<Stack>, CallError> {
        let operation = "cloudformation:DescribeStacks";
        match self.cloudformation.describe_stacks().stack_name(name).send().await {
            // CloudFormation returns an error for a missing stack.
            Ok(answer) => match answer.stacks.unwrap_or_default().into_iter().next() {
                Some(described) => stack(described).map(Some).map_err(|field| missing(operation, field)),
                None => Err(missing(operation, "Stacks")),
            },
            Err(error) => absent_if_missing(self.call_error(operation, &error)),
        }
    }

    async fn deleted_stack(&self, name: &str) -> Result<Option<String>, CallError> {
        let mut pages = self.pages("cloudformation:ListStacks");
        let mut token = None;
        loop {
            let answer = self
                .cloudformation
                .list_stacks()
                .stack_status_filter(types::StackStatus::DeleteComplete)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("cloudformation:ListStacks", &error))?;
            // The newest come first.
            let page = answer.stack_summaries;
            let mut page =
                page.ok_or_else(|| missing("cloudformation:ListStacks", "StackSummaries"))?.into_iter();
            let found = page.find(|stack| stack.stack_name.as_deref() == Some(name));
            token = pages.next(answer.next_token)?;
            if found.is_some() || token.is_none() {
                return Ok(found.and_then(|stack| stack.stack_id));
            }
        }
    }

    async fn template(&self, stack: &str) -> Result<String, CallError> {
        let answer = self
            .cloudformation
            .get_template()
            .stack_name(stack)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:GetTemplate", &error))?;
        required("cloudformation:GetTemplate", "TemplateBody", answer.template_body)
    }

    async fn create_change_set(&self, request: &ChangeSetRequest) -> Result<String, CallError> {
        let roles =
            if request.names_a_role { Capability::CapabilityNamedIam } else { Capability::CapabilityIam };
        let macros = request.has_macros.then_some(Capability::CapabilityAutoExpand);
        let imports = !request.imports.is_empty();
        let kind = match request.creates {
            _ if imports => ChangeSetType::Import,
            true => ChangeSetType::Create,
            false => ChangeSetType::Update,
        };
        let (inline, url) = match &request.template {
            TemplateSource::Inline(text) => (Some(text.clone()), None),
            TemplateSource::Url(url) => (None, Some(url.clone())),
            TemplateSource::Deployed => (None, None),
        };
        let deployed = request.template == TemplateSource::Deployed;
        let created = self
            .cloudformation
            .create_change_set()
            .stack_name(&request.stack)
            .change_set_name(&request.name)
            .client_token(&request.token)
            .change_set_type(kind)
            .set_template_body(inline)
            .set_template_url(url)
            .set_use_previous_template(deployed.then_some(true))
            .set_deployment_mode(request.reverts_drift.then_some(DeploymentMode::RevertDrift))
            .set_capabilities(Some(std::iter::once(roles).chain(macros).collect()))
            .set_parameters(Some(parameters(&request.parameters)))
            .set_tags(Some(tags(&request.tags)))
            .set_role_arn(request.role_arn.clone())
            // A retained table is imported into the stack with its rows. Without this, creation would fail because the
            // name exists.
            .import_existing_resources(!imports && !request.reverts_drift)
            .set_resources_to_import(imports.then(|| request.imports.iter().map(to_import).collect()))
            // CloudFormation accepts it for creations only. A failed import leaves the resources unchanged and outside
            // of any stack.
            .set_on_stack_failure((request.creates && !imports).then_some(OnStackFailure::Rollback))
            .set_rollback_configuration(request.watch.as_ref().map(rollback))
            .set_deployment_config(request.express.then(express))
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:CreateChangeSet", &error));
        match created {
            Ok(answer) => required("cloudformation:CreateChangeSet", "Id", answer.id),
            // Nobody else uses these names: the first call arrived and its answer was lost. Or the stack exists by now,
            // created by another caller.
            Err(error) if error.kind == CallErrorKind::AlreadyExists => {
                let known = self.change_set_id(request).await;
                known.map_err(|unknown| match unknown.kind {
                    CallErrorKind::NotFound => CallError { kind: CallErrorKind::Busy, ..error },
                    _ => unknown,
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn change_set(&self, stack: &str, id: &str) -> Result<ChangeSet, CallError> {
        let mut changes = Vec::new();
        let mut pages = self.pages("cloudformation:DescribeChangeSet");
        let mut token = None;
        loop {
            let answer = self
                .cloudformation
                .describe_change_set()
                .stack_name(stack)
                .change_set_name(id)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("cloudformation:DescribeChangeSet", &error))?;
            let page = answer.changes.unwrap_or_default();
            changes.extend(page.into_iter().filter_map(|change| change.resource_change).map(resource_change));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                // Without a status, the caller would poll forever.
                let status = answer.status;
                let status = status.ok_or_else(|| missing("cloudformation:DescribeChangeSet", "Status"))?;
                let status = ChangeSetStatus::new(status.as_str(), answer.status_reason.as_deref());
                return Ok(ChangeSet { id: id.to_owned(), status, changes });
            }
        }
    }

    async fn execute_change_set(
        &self,
        stack: &str,
        id: &str,
        token: &str,
        creates: bool,
    ) -> Result<(), CallError> {
        let executed = self
            .cloudformation
            .execute_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .client_request_token(token)
            .retain_except_on_create(creates)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:ExecuteChangeSet", &error));
        match executed {
            // The first call arrived and its answer was lost: nobody else executes our change set.
            Err(error) if error.kind == CallErrorKind::Busy => match self.is_executed(stack, id).await? {
                true => Ok(()),
                false => Err(error),
            },
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    async fn delete_change_set(&self, stack: &str, id: &str) -> Result<(), CallError> {
        self.cloudformation
            .delete_change_set()
            .stack_name(stack)
            .change_set_name(id)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:DeleteChangeSet", &error))?;
        Ok(())
    }

    async fn events_after(&self, stack: &str, after: Option<&str>) -> Result<Vec<StackEvent>, CallError> {
        let mut newest_first = Vec::new();
        let mut pages = self.pages("cloudformation:DescribeStackEvents");
        let mut token = None;
        loop {
            let (page, next) = self.event_page(stack, token).await?;
            for event in page {
                if after == Some(event.id.as_str()) {
                    newest_first.reverse();
                    return Ok(newest_first);
                }
                newest_first.push(event);
            }
            token = pages.next(next)?;
            if token.is_none() {
                newest_first.reverse();
                return Ok(newest_first);
            }
        }
    }

    async fn recent_events(&self, stack: &str) -> Result<Vec<StackEvent>, CallError> {
        Ok(self.event_page(stack, None).await?.0)
    }

    async fn validation_findings(&self, change_set: &str) -> Result<Vec<ValidationFinding>, CallError> {
        let mut findings = Vec::new();
        let mut pages = self.pages("cloudformation:DescribeEvents");
        let mut token = None;
        loop {
            let answer = self
                .cloudformation
                .describe_events()
                .change_set_name(change_set)
                .filters(EventFilter::builder().failed_events(true).build())
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| self.call_error("cloudformation:DescribeEvents", &error))?;
            let page = answer.operation_events.unwrap_or_default().into_iter();
            findings.extend(page.filter_map(|event| {
                Some(ValidationFinding {
                    reason: event.validation_status_reason?,
                    logical_id: event.logical_resource_id.unwrap_or_default(),
                    path: event.validation_path.unwrap_or_default(),
                })
            }));
            token = pages.next(answer.next_token)?;
            if token.is_none() {
                return Ok(findings);
            }
        }
    }

    async fn stack_policy(&self, stack: &str) -> Result<Option<String>, CallError> {
        let answer = self
            .cloudformation
            .get_stack_policy()
            .stack_name(stack)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:GetStackPolicy", &error))?;
        Ok(answer.stack_policy_body.filter(|policy| !policy.is_empty()))
    }

    async fn set_stack_policy(&self, stack: &str, policy: &str) -> Result<(), CallError> {
        self.cloudformation
            .set_stack_policy()
            .stack_name(stack)
            .stack_policy_body(policy)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:SetStackPolicy", &error))?;
        Ok(())
    }

    async fn delete_stack(
        &self,
        stack: &str,
        token: &str,
        role_arn: Option<&str>,
        deletion: &Deletion,
    ) -> Result<(), CallError> {
        self.cloudformation
            .delete_stack()
            .stack_name(stack)
            .client_request_token(token)
            .set_role_arn(role_arn.map(ToOwned::to_owned))
            .set_retain_resources((!deletion.retain.is_empty()).then(|| deletion.retain.clone()))
            .set_deletion_mode(deletion.force.then_some(DeletionMode::ForceDeleteStack))
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:DeleteStack", &error))?;
        Ok(())
    }

    async fn continue_update_rollback(
        &self,
        stack: &str,
        skip: &[String],
        token: &str,
        role_arn: Option<&str>,
    ) -> Result<(), CallError> {
        self.cloudformation
            .continue_update_rollback()
            .stack_name(stack)
            .client_request_token(token)
            .set_role_arn(role_arn.map(ToOwned::to_owned))
            .set_resources_to_skip((!skip.is_empty()).then(|| skip.to_vec()))
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:ContinueUpdateRollback", &error))?;
        Ok(())
    }

    async fn rollback_stack(
        &self,
        stack: &str,
        token: &str,
        role_arn: Option<&str>,
    ) -> Result<(), CallError> {
        self.cloudformation
            .rollback_stack()
            .stack_name(stack)
            .client_request_token(token)
            .set_role_arn(role_arn.map(ToOwned::to_owned))
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:RollbackStack", &error))?;
        Ok(())
    }

    async fn protect_from_termination(&self, stack: &str, protect: bool) -> Result<(), CallError> {
        self.cloudformation
            .update_termination_protection()
            .stack_name(stack)
            .enable_termination_protection(protect)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:UpdateTerminationProtection", &error))?;
        Ok(())
    }
}

impl Clients {
    async fn change_set_id(&self, request: &ChangeSetRequest) -> Result<String, CallError> {
        let answer = self
            .cloudformation
            .describe_change_set()
            .stack_name(&request.stack)
            .change_set_name(&request.name)
            .send()
            .await
            .map_err(|error| self.call_error("cloudformation:DescribeChangeSet", &error))?;
        required("cloudformation:DescribeChangeSet", "ChangeSetId", answer.change_set_id)
    }

    /// Whether this change set was executed. One that no longer exists was not executed by us.
    async fn is_executed(&self, stack: &str, change_set: &str) -> Result<bool, CallError> {
        let asked = self.cloudformation.describe_change_set().stack_name(stack).change_set_name(change_set);
        let answer = asked.send().await;
        match answer.map_err(|error| self.call_error("cloudformation:DescribeChangeSet", &error)) {
            Ok(answer) => Ok(matches!(
                answer.execution_status,
                Some(ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete)
            )),
            Err(error) if error.kind == CallErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn event_page(
        &self,
        stack: &str,
        token: Option<String>,
    ) -> Result<(Vec<StackEvent>, Option<String>), CallError> {
        match self.cloudformation.describe_stack_events().stack_name(stack).set_next_token(token).send().await
        {
            Ok(answer) => {
                let events = answer.stack_events;
                let events =
                    events.ok_or_else(|| missing("cloudformation:DescribeStackEvents", "StackEvents"))?;
                Ok((events.into_iter().map(event).collect(), answer.next_token))
            }
            Err(error) => {
                let none =
                    absent_if_missing::<()>(self.call_error("cloudformation:DescribeStackEvents", &error))?;
                debug_assert!(none.is_none());
                Ok((Vec::new(), None))
            }
        }
    }
}

fn absent_if_missing<T>(error: CallError) -> Result<Option<T>, CallError> {
    if error.kind == CallErrorKind::NotFound { Ok(None) } else { Err(error) }
}
