//! The settings of the function and of its versions, and its event source mapping.

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::types::EventSourceMappingConfiguration;

use super::Clients;
use super::error::{found, missing, required};
use crate::operate::{FunctionApi, FunctionState, VersionApi};
use crate::stack::{CallError, LIVE};

impl FunctionApi for Clients {
    async fn function(&self, name: &str) -> Result<FunctionState, CallError> {
        let configuration = self.configuration(name, None).await?;
        // What the queue invokes: the alias, or the function itself in stacks that are older than the alias.
        let mapping = match self.mapping(&format!("{name}:{LIVE}")).await {
            Ok(Some(mapping)) => Some(mapping),
            _ => self.mapping(name).await?,
        };
        let state = configuration.state.map(|state| state.as_str().to_owned());
        Ok(FunctionState {
            name: name.to_owned(),
            state: required("lambda:GetFunctionConfiguration", "State", state)?,
            last_update: configuration
                .last_update_status
                .map_or_else(String::new, |state| state.as_str().to_owned()),
            mapping: mapping.and_then(|mapping| mapping.state),
        })
    }
}

impl VersionApi for Clients {
    async fn live_version(&self, function: &str) -> Result<Option<String>, CallError> {
        let answer = self.lambda.get_alias().function_name(function).name(LIVE).send().await;
        let alias = found(answer.map_err(|error| self.call_error("lambda:GetAlias", &error)))?;
        alias.map(|alias| required("lambda:GetAlias", "FunctionVersion", alias.function_version)).transpose()
    }
}

impl Clients {
    /// The settings of a function, or of the version or alias `qualifier`.
    pub(super) async fn configuration(
        &self,
        function: &str,
        qualifier: Option<&str>,
    ) -> Result<GetFunctionConfigurationOutput, CallError> {
        let asked = self.lambda.get_function_configuration().function_name(function);
        let answer = asked.set_qualifier(qualifier.map(str::to_owned)).send().await;
        answer.map_err(|error| self.call_error("lambda:GetFunctionConfiguration", &error))
    }

    async fn mapping(&self, function: &str) -> Result<Option<EventSourceMappingConfiguration>, CallError> {
        let answer = self
            .lambda
            .list_event_source_mappings()
            .function_name(function)
            .send()
            .await
            .map_err(|error| self.call_error("lambda:ListEventSourceMappings", &error))?;
        let mappings = answer.event_source_mappings;
        let mappings =
            mappings.ok_or_else(|| missing("lambda:ListEventSourceMappings", "EventSourceMappings"))?;
        Ok(mappings.into_iter().next())
    }
}
