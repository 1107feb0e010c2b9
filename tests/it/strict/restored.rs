//! What AWS reports about tables and the local cloud does not: the source and the time of a restored one; which indexes
//! are still being built.

use std::io;

use serde_json::{Value, json};

use super::http::Message;
use super::memory::Location;
use super::scene::Scene;
use super::upstream::Line;

/// `RestoreSummary` of `DescribeTable` (Amazon DynamoDB API Reference), from the request.
pub(super) fn exchange(scene: &Scene<'_>, request: &Message, line: &mut Line) -> io::Result<Message> {
    let answer = line.exchange(request)?;
    let call = scene.call;
    if call.service != "dynamodb" || answer.status() != 200 {
        return Ok(answer);
    }
    let location = |name: &Value| (call.region.clone(), name.as_str().unwrap_or_default().to_owned());
    if call.name == "RestoreTableToPointInTime" {
        let (target, source) = (location(&call.json["TargetTableName"]), &call.json["SourceTableName"]);
        let source = format!(
            "arn:aws:dynamodb:{}:000000000000:table/{}",
            target.0,
            source.as_str().unwrap_or_default()
        );
        let at = call.json["RestoreDateTime"].as_f64();
        let at = at.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond() as f64 / 1000.0);
        let summary = json!({"SourceTableArn": source, "RestoreDateTime": at, "RestoreInProgress": false});
        scene.memory().restored.insert(target, summary);
        return Ok(answer);
    }
    if call.name != "DescribeTable" {
        return Ok(answer);
    }
    let table = location(&call.json["TableName"]);
    let restored = scene.memory().restored.get(&table).cloned();
    let building = building(scene, &table);
    let Some(mut body) = serde_json::from_slice::<Value>(&answer.body)
        .ok()
        .filter(|_| restored.is_some() || building.is_some())
    else {
        return Ok(answer);
    };
    if let Some(summary) = restored {
        body["Table"]["RestoreSummary"] = summary;
    }
    if let Some(made) = building {
        body["Table"]["TableStatus"] = "UPDATING".into();
        for index in body["Table"]["GlobalSecondaryIndexes"].as_array_mut().into_iter().flatten() {
            if index["IndexName"].as_str().is_some_and(|name| made.iter().any(|one| one == name)) {
                index["IndexStatus"] = "CREATING".into();
            }
        }
    }
    Ok(Message::answer(200, "application/x-amz-json-1.0", body.to_string()))
}

/// The indexes of a table that are not ready yet; this description is one of those it takes.
fn building(scene: &Scene<'_>, table: &Location) -> Option<Vec<String>> {
    let mut memory = scene.memory();
    let building = memory.building.get_mut(table)?;
    building.looks -= 1;
    let made = building.indexes.clone();
    if building.looks == 0 {
        memory.building.remove(table);
    }
    Some(made)
}
