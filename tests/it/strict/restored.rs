//! Tables restored from a point in time: AWS says of each what it is a copy of, and as of when.

use std::io;

use serde_json::{Value, json};

use super::http::Message;
use super::scene::Scene;
use super::upstream::Line;

/// `RestoreSummary` of `DescribeTable` (Amazon DynamoDB API Reference), from what was asked for.
pub(super) fn exchange(scene: &Scene<'_>, request: &Message, line: &mut Line) -> io::Result<Message> {
    let answer = line.exchange(request)?;
    let call = scene.call;
    if call.service != "dynamodb" || answer.status() != 200 {
        return Ok(answer);
    }
    let place = |name: &Value| (call.region.clone(), name.as_str().unwrap_or_default().to_owned());
    if call.name == "RestoreTableToPointInTime" {
        let (target, source) = (place(&call.json["TargetTableName"]), &call.json["SourceTableName"]);
        let source = format!(
            "arn:aws:dynamodb:{}:000000000000:table/{}",
            target.0,
            source.as_str().unwrap_or_default()
        );
        let at = call.json["RestoreDateTime"].as_f64();
        let at = at.unwrap_or_else(|| jiff::Timestamp::now().as_millisecond() as f64 / 1000.0);
        let summary = json!({"SourceTableArn": source, "RestoreDateTime": at, "RestoreInProgress": false});
        scene.kept().restored.insert(target, summary);
        return Ok(answer);
    }
    let restored = scene.kept().restored.get(&place(&call.json["TableName"])).cloned();
    let (Some(summary), "DescribeTable") = (restored, call.name.as_str()) else { return Ok(answer) };
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return Ok(answer) };
    body["Table"]["RestoreSummary"] = summary;
    Ok(Message::answer(200, "application/x-amz-json-1.0", body.to_string()))
}
