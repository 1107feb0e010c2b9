//! The real writer and its SDK on the simulated table, by an HTTP client without sockets.

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::error::ConnectorError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use processor::client;
use processor::config::Config;
use processor::writer::{CONDITION, Item, Writer};
use serde_json::{Value, json};

use crate::table::{Answer, Condition, Door, key};

/// The writer of one execution environment.
pub(crate) fn writer(door: Door, config: &Config) -> Writer {
    let wire = SharedHttpConnector::new(Wire(door));
    let variable = |name: &str| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("key".to_owned()),
        _ => None,
    };
    let client = client::config(variable)
        .unwrap()
        .http_client(http_client_fn(move |_, _| wire.clone()))
        // All clients of a process share one retry budget; each of these is another process.
        .retry_partition(RetryPartition::custom("world").token_bucket(TokenBucket::default()).build())
        .build();
    Writer::new(Client::from_conf(client), "events".to_owned(), config)
}

struct Wire(Door);

impl fmt::Debug for Wire {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Wire")
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let door = self.0.clone();
        HttpConnectorFuture::new(async move {
            let input: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            if request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".GetItem")) {
                assert_eq!(input["ConsistentRead"], true);
                return response(door.get_item(&key(&item(&input["Key"]))).await);
            }
            let item = item(&input["Item"]);
            assert_eq!(input["ConditionExpression"], CONDITION);
            assert_eq!(input["ExpressionAttributeNames"]["#expires"], "expires_at");
            let now = input["ExpressionAttributeValues"][":now"]["N"].as_str().unwrap();
            response(door.put_item(item, Some(Condition::FreeAt(now.parse().unwrap()))).await)
        })
    }
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let (status, body) = match answer {
        Answer::Written => (200, "{}".to_owned()),
        Answer::Torn => (200, "{".to_owned()),
        Answer::Refused { status, code } => (status, json!({"__type": code}).to_string()),
        Answer::NoConnection => return Err(ConnectorError::io("".into())),
        Answer::Taken(existing) => {
            let mut body = json!({"__type": "ConditionalCheckFailedException"});
            if let Some(existing) = existing {
                body["Item"] = map(&existing);
            }
            (400, body.to_string())
        }
        Answer::Read(None) => (200, "{}".to_owned()),
        Answer::Read(Some(row)) => (200, json!({"Item": map(&row)}).to_string()),
    };
    Ok(HttpResponse::new(status.try_into().unwrap(), body.into()))
}

/// An item out of DynamoDB's JSON.
fn item(map: &Value) -> Item {
    let entries = map.as_object().unwrap();
    entries.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => AttributeValue::S(text.clone()),
        ("N", Value::String(number)) => AttributeValue::N(number.clone()),
        ("M", map) => AttributeValue::M(item(map)),
        other => panic!("no event has {other:?}"),
    }
}

/// An item in DynamoDB's JSON.
fn map(item: &Item) -> Value {
    item.iter().map(|(name, value)| (name.clone(), typed(value))).collect()
}

fn typed(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::M(entries) => json!({"M": map(entries)}),
        other => panic!("no event has {other:?}"),
    }
}
