//! How long an outage of the processor's dependencies may last before good events become dead letters.

use serde_json::Value;

use super::{Action, Change, risk};

/// The queue of the templates.
const QUEUE: &str = "Queue";
/// The properties that determine it.
const PROPERTIES: [&str; 3] = ["RedrivePolicy", "VisibilityTimeout", "MessageRetentionPeriod"];

/// Sets it for a new queue, or if one of the settings that determine it changes.
pub(super) fn mark(changes: &mut [Change], desired: &Value) {
    let Some(queue) = changes.iter_mut().find(|change| change.logical_id == QUEUE) else { return };
    let decides = queue.properties.iter().any(|property| {
        let path = property.path.strip_prefix("/Properties/").unwrap_or_default();
        PROPERTIES.iter().any(|name| path.split('/').next() == Some(name))
    });
    if queue.action == Action::Add || queue.action == Action::Modify && decides {
        queue.survival = survival(&desired["Resources"][QUEUE]["Properties"]);
        risk::assess(queue);
    }
}

fn survival(queue: &Value) -> Option<String> {
    let redrive = &queue["RedrivePolicy"];
    let parsed = redrive.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let receives = number(&parsed.as_ref().unwrap_or(redrive)["maxReceiveCount"])?;
    let apart = number(&queue["VisibilityTimeout"])?;
    let retention = number(&queue["MessageRetentionPeriod"])?;
    // The last receive must come after the outage.
    let seconds = (receives.saturating_sub(1) * apart).min(retention);
    Some(format!("good events survive an outage of {}: {receives} receives, {apart} s apart", time(seconds)))
}

fn time(seconds: u64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        _ => format!("{:.1} h", (seconds / 360) as f64 / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_follows_from_what_the_queue_is_set_to() {
        let queue = |receives: Value, apart: u32, days: u32| {
            json!({"RedrivePolicy": {"maxReceiveCount": receives}, "VisibilityTimeout": apart,
                "MessageRetentionPeriod": days * 86_400})
        };
        for (queue, outage) in [
            (queue(json!(118), 370, 4), "12.0 h: 118 receives, 370 s apart"),
            (queue(json!("5"), 370, 4), "24 min: 5 receives, 370 s apart"),
            (queue(json!(1), 370, 4), "0 s: 1 receives, 370 s apart"),
            (queue(json!(1000), 3600, 4), "96.0 h: 1000 receives, 3600 s apart"),
        ] {
            let words = survival(&queue).expect("words");
            assert_eq!(words, format!("good events survive an outage of {outage}"));
        }
        let text = json!({"RedrivePolicy": "{\"maxReceiveCount\": 3}", "VisibilityTimeout": 60, "MessageRetentionPeriod": 60});
        assert!(survival(&text).is_some_and(|words| words.contains("of 60 s: 3 receives")));
        assert_eq!(survival(&json!({})), None);
    }
}
