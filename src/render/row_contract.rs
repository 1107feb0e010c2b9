//! Which attributes the rows of a template's processor have.

use std::collections::BTreeSet;

use processor::config::Config;
use serde_json::Value;

use crate::validate::attributes;

const CONFIG: &str = "/Resources/Processor/Properties/Environment/Variables/PIPELINE_CONFIG";

/// The attributes of the rows that a template's processor writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowContract {
    /// All of them.
    pub attributes: BTreeSet<String>,
    /// Those that are stored unchanged, so that not each is a text.
    pub plain: BTreeSet<String>,
}

/// From the contract of the template's processor; `None` if it has none that this pipectl reads.
#[must_use]
pub fn row_contract(template: &Value) -> Option<RowContract> {
    let config = Config::from_json(template.pointer(CONFIG)?.as_str()?).ok()?;
    let plain = config.event.attributes.iter().filter(|field| {
        field.format.is_none() && field.from.len() == 1 && !config.index_keys.contains_key(&field.attribute)
    });
    Some(RowContract {
        plain: plain.map(|field| field.attribute.clone()).collect(),
        attributes: attributes(&config).into_iter().map(|one| one.name).collect(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_contract_lists_what_rows_have() {
        let contract = json!({"version": 2, "index_keys": {"key": 9}, "event": {"attributes": [
            {"attribute": "customer", "from": ["$.detail.customer"]},
            {"attribute": "total", "from": ["$.detail.total"], "format": "number"},
            {"attribute": "key", "from": ["$.detail.key"]},
        ]}});
        let mut template = json!({});
        template["Resources"]["Processor"]["Properties"]["Environment"]["Variables"]["PIPELINE_CONFIG"] =
            contract.to_string().into();
        let row_contract = row_contract(&template).expect("a contract");
        assert_eq!(row_contract.plain, BTreeSet::from(["customer".to_owned()]));
        assert!(
            ["total", "key", "shipment_id", "processed_at"]
                .iter()
                .all(|name| row_contract.attributes.contains(*name))
        );
        assert_eq!(super::row_contract(&json!({})), None);
    }
}
