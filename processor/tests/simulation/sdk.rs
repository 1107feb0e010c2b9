//! The real writer and its SDK on the simulated table, with an HTTP client without sockets.

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::error::ConnectorError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use pipectl_processor::client;
use pipectl_processor::config::Config;
use pipectl_processor::dead_letters::DeadLetterQueue;
use pipectl_processor::writer::{CONDITION, Item, Writer};
use serde_json::{Value, json};

use crate::table::{Answer, Condition, Door, key};

/// The writer of one execution environment.
pub(crate) fn writer(door: Door, config: &Config, at_once: bool) -> Writer {
    let queue = door.clone();
    let wire = SharedHttpConnector::new(Wire(door));
    let variable: fn(&str) -> Option<String> = |name| match name {
        "AWS_REGION" => Some("eu-west-1".to_owned()),
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("key".to_owned()),
        _ => None,
    };
    let client = client::config(variable)
        .unwrap()
        .http_client(http_client_fn(move |_, _| wire.clone()))
        // All clients of a process share one retry budget; each of these represents another process.
        .retry_partition(RetryPartition::custom("world").token_bucket(TokenBucket::default()).build())
        .build();
    let writer = Writer::new(Client::from_conf(client), "events".to_owned(), config);
    writer.with_dead_letters(at_once.then(|| dead_letters(queue, variable)))
}

/// The dead-letter queue of one execution environment.
fn dead_letters(door: Door, variable: fn(&str) -> Option<String>) -> DeadLetterQueue {
    let wire = SharedHttpConnector::new(DeadLetterConnector(door));
    DeadLetterQueue::new("http://queue/dead".to_owned(), "7", move || {
        let wire = wire.clone();
        let settings = client::settings(variable, client::SQS)?;
        let client = aws_sdk_sqs::config::Builder::from(&settings)
            .http_client(http_client_fn(move |_, _| wire.clone()))
            .retry_partition(RetryPartition::custom("letters").token_bucket(TokenBucket::default()).build());
        Ok(aws_sdk_sqs::Client::from_conf(client.build()))
    })
}

struct DeadLetterConnector(Door);

impl fmt::Debug for DeadLetterConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Letters")
    }
}

impl HttpConnector for DeadLetterConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let door = self.0.clone();
        HttpConnectorFuture::new(async move {
            let input: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            let entries = input["Entries"].as_array().unwrap();
            let text = |entry: &Value, name: &str| {
                entry["MessageAttributes"][name]["StringValue"].as_str().unwrap().to_owned()
            };
            let dead = entries
                .iter()
                .map(|entry| (text(entry, "pipectl-message-id"), text(entry, "pipectl-reason")));
            let taken = door.bury(dead.collect()).await;
            let of =
                |wanted: bool| entries.iter().zip(taken.iter()).filter(move |(_, taken)| **taken == wanted);
            let successful: Vec<Value> = of(true)
                .map(|(entry, _)| json!({"Id": entry["Id"], "MessageId": "n", "MD5OfMessageBody": "x"}))
                .collect();
            let failed: Vec<Value> = of(false)
                .map(|(entry, _)| json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false}))
                .collect();
            let body = json!({"Successful": successful, "Failed": failed}).to_string();
            Ok(HttpResponse::new(200.try_into().unwrap(), body.into()))
        })
    }
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
            let values = &input["ExpressionAttributeValues"];
            let newer = values.get(":newer");
            assert_eq!(newer, input["Item"].get("changed"));
            let condition = input["ConditionExpression"].as_str().unwrap();
            let more = condition.strip_prefix(CONDITION).unwrap();
            assert_eq!(more.contains("#newer < :newer"), newer.is_some(), "{more}");
            assert_eq!(input["ExpressionAttributeNames"]["#expires"], "expires_at");
            let now = values[":now"]["N"].as_str().unwrap().parse().unwrap();
            let condition = if newer.is_some() { Condition::NewerAt(now) } else { Condition::FreeAt(now) };
            response(door.put_item(item, Some(condition)).await)
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

/// Parses an item from DynamoDB's JSON.
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
