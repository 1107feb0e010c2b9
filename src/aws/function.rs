use super::Clients;
use super::error::call_error;
use crate::operate::{FunctionApi, FunctionState};
use crate::stack::CallError;

impl FunctionApi for Clients {
    async fn function(&self, name: &str) -> Result<FunctionState, CallError> {
        let configuration = self
            .lambda
            .get_function_configuration()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error("lambda:GetFunctionConfiguration", &error))?;
        let mappings = self
            .lambda
            .list_event_source_mappings()
            .function_name(name)
            .send()
            .await
            .map_err(|error| call_error("lambda:ListEventSourceMappings", &error))?;
        let mapping = mappings.event_source_mappings.unwrap_or_default().into_iter().next();
        Ok(FunctionState {
            name: name.to_owned(),
            state: configuration.state.map_or_else(String::new, |state| state.as_str().to_owned()),
            last_update: configuration
                .last_update_status
                .map_or_else(String::new, |state| state.as_str().to_owned()),
            mapping: mapping.and_then(|mapping| mapping.state),
        })
    }
}
