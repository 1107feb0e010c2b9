//! The template variables of the bus, its rules and those who may put events on it.

use serde::Serialize;
use serde_json::{Value, json};

use super::arns::Arns;
use super::event_pattern::pattern_value;
use crate::spec::{BusRule, Producer, Retry, Spec};

/// The bus as other resources refer to it.
#[derive(Debug, Serialize)]
pub(super) struct BusContext {
    /// Whether the stack creates it.
    is_ours: bool,
    /// A reference, or the name of an existing one.
    name: Value,
    arn: Value,
    /// The pattern of `bus.pattern`: a map, or JSON text.
    pattern: Value,
    /// Its dimension in metrics: those of the default bus only have the rule's name.
    dimension: Option<Value>,
    /// The rules of `bus.rules`; the one of `bus.pattern` is in the template.
    further: Vec<RuleContext>,
    /// The ARN of the rule, or of all rules.
    rule_arns: Value,
    /// Other principals that may put events on it.
    producers: Vec<ProducerContext>,
}

/// A rule of `bus.rules`.
#[derive(Debug, Serialize)]
pub(super) struct RuleContext {
    id: String,
    key: String,
    name: String,
    /// A map, or JSON text.
    pattern: Value,
    retry: Retry,
    failed_deliveries_id: String,
    lost_events_id: String,
}

/// A statement of the bus policy.
#[derive(Debug, Serialize)]
pub(super) struct ProducerContext {
    pub(super) id: &'static str,
    sid: String,
    statement: Value,
}

impl BusContext {
    pub(super) fn of(spec: &Spec, arns: &Arns) -> Self {
        let existing = spec.bus.existing_name();
        let is_ours = existing.is_none();
        let name = existing.map_or_else(|| json!({"Ref": "Bus"}), Value::from);
        let arn = if is_ours {
            json!({"Fn::GetAtt": ["Bus", "Arn"]})
        } else {
            json!({"Fn::Sub": arns.bus.as_str()})
        };
        let rules = spec.bus_rules();
        let mut rule_arns: Vec<Value> =
            rules.iter().map(|rule| json!({"Fn::GetAtt": [rule.logical_id("Rule"), "Arn"]})).collect();
        Self {
            is_ours,
            dimension: Some(name.clone()).filter(|_| existing != Some("default")),
            name,
            pattern: pattern_value(&spec.bus.pattern),
            further: rules.iter().filter_map(RuleContext::of).collect(),
            rule_arns: if rules.len() == 1 { rule_arns.remove(0) } else { rule_arns.into() },
            producers: producers(spec, &arn),
            arn,
        }
    }
}

impl RuleContext {
    fn of(rule: &BusRule<'_>) -> Option<Self> {
        Some(Self {
            id: rule.logical_id("Rule"),
            key: rule.key.clone()?,
            name: rule.name.clone(),
            pattern: pattern_value(rule.pattern),
            retry: rule.retry.clone(),
            failed_deliveries_id: rule.logical_id("FailedDeliveriesAlarm"),
            lost_events_id: rule.logical_id("LostEventsAlarm"),
        })
    }
}

/// The statements of a bus policy: one for accounts, one for organizations, one for their units.
pub(super) fn producers(spec: &Spec, bus: &Value) -> Vec<ProducerContext> {
    let [mut accounts, mut organizations, mut units] = [Vec::new(), Vec::new(), Vec::new()];
    for producer in &spec.bus.producers {
        match producer {
            Producer::Account(account) => {
                accounts.push(json!({"Fn::Sub": format!("arn:${{AWS::Partition}}:iam::{account}:root")}));
            }
            Producer::Group(group) => {
                organizations.extend(group.organization.clone().map(Value::from));
                units.extend(group.organizational_unit.clone().map(Value::from));
            }
        }
    }
    let kinds = [
        ("ProducerAccounts", "acc", !accounts.is_empty(), json!({"AWS": accounts}), json!({})),
        (
            "ProducerOrganizations",
            "org",
            !organizations.is_empty(),
            json!("*"),
            json!({"StringEquals": {"aws:PrincipalOrgID": organizations}}),
        ),
        (
            "ProducerUnits",
            "ou",
            !units.is_empty(),
            json!("*"),
            json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": units}}),
        ),
    ];
    let kinds = kinds.into_iter().filter(|(_, _, is_there, ..)| *is_there);
    kinds
        .map(|(id, end, _, principal, mut condition)| {
            if let Some(sources) = spec.literal_sources() {
                // A condition on all values also holds if there are none.
                condition["ForAllValues:StringEquals"] = json!({"events:source": sources});
                condition["Null"] = json!({"events:source": "false"});
            }
            let sid = format!("{}-{}-{end}", spec.name, spec.environment);
            let mut statement = json!({
                "Effect": "Allow", "Principal": principal, "Action": "events:PutEvents", "Resource": bus,
            });
            statement["Sid"] = sid.clone().into();
            if condition != json!({}) {
                statement["Condition"] = condition;
            }
            ProducerContext { id, sid, statement }
        })
        .collect()
}
