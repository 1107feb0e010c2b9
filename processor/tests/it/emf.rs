//! A reader of CloudWatch's embedded metric format as strict as its specification.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// One metric as CloudWatch would store it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) dimensions: BTreeMap<String, String>,
    pub(crate) values: Vec<f64>,
}

/// The metrics of a line, or the reason why it is invalid. A line without `_aws` has none.
pub(crate) fn read(line: &str, now: Timestamp) -> Result<Vec<Metric>, String> {
    if line.len() > 256 * 1_024 || line.contains(['\n', '\r']) {
        return Err("not one line of at most 256 KB".to_owned());
    }
    // The processor's own parser rejects repeated members.
    pipectl_processor::parse::parse(line).map_err(|error| error.to_string())?;
    let root: Map<String, Value> = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let Some(aws) = root.get("_aws") else {
        return Ok(Vec::new());
    };
    let aws = object(aws, &["CloudWatchMetrics", "Timestamp"], &[])?;
    let at = aws["Timestamp"].as_i64().ok_or("`Timestamp` is not a whole number")?;
    let age = now.as_millisecond() - at;
    if !(-2 * 3_600_000..=14 * 86_400_000).contains(&age) {
        return Err(format!("`Timestamp` is {age} ms old"));
    }
    let mut metrics = Vec::new();
    for directive in list(&aws["CloudWatchMetrics"], 1, usize::MAX)? {
        let directive = object(directive, &["Dimensions", "Metrics", "Namespace"], &[])?;
        let namespace = text(&directive["Namespace"], 255)?;
        for set in list(&directive["Dimensions"], 1, usize::MAX)? {
            let dimensions = dimensions(&root, set)?;
            for definition in list(&directive["Metrics"], 1, 100)? {
                let definition = object(definition, &["Name"], &["Unit", "StorageResolution"])?;
                let name = text(&definition["Name"], 255)?.to_owned();
                let unit = definition.get("Unit").map_or(Ok("None"), |unit| text(unit, 32))?.to_owned();
                if !["Count", "Milliseconds", "None"].contains(&unit.as_str()) {
                    return Err(format!("`{unit}` is no unit used here"));
                }
                let values = values(&root, &name)?;
                let (namespace, dimensions) = (namespace.to_owned(), dimensions.clone());
                metrics.push(Metric { namespace, name, unit, dimensions, values });
            }
        }
    }
    Ok(metrics)
}

fn dimensions(root: &Map<String, Value>, set: &Value) -> Result<BTreeMap<String, String>, String> {
    let mut dimensions = BTreeMap::new();
    for name in list(set, 0, 30)? {
        let name = text(name, 250)?;
        let value = text(root.get(name).ok_or(format!("no member `{name}`"))?, 1_024)?;
        if !value.is_ascii() {
            return Err(format!("dimension `{name}` is not ASCII"));
        }
        if dimensions.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(format!("dimension `{name}` twice"));
        }
    }
    Ok(dimensions)
}

fn values(root: &Map<String, Value>, name: &str) -> Result<Vec<f64>, String> {
    let number = |value: &Value| value.as_f64().ok_or(format!("a value of `{name}` is not a number"));
    match root.get(name).ok_or(format!("no member `{name}`"))? {
        values @ Value::Array(_) => list(values, 1, 100)?.iter().map(number).collect(),
        value => Ok(vec![number(value)?]),
    }
}

fn object<'a>(value: &'a Value, needed: &[&str], allowed: &[&str]) -> Result<&'a Map<String, Value>, String> {
    let object = value.as_object().ok_or("not an object")?;
    if let Some(name) = needed.iter().find(|name| !object.contains_key(**name)) {
        return Err(format!("no `{name}`"));
    }
    if let Some(name) = object.keys().find(|name| ![needed, allowed].concat().contains(&name.as_str())) {
        return Err(format!("`{name}` does not belong here"));
    }
    Ok(object)
}

fn list(value: &Value, least: usize, most: usize) -> Result<&[Value], String> {
    let list = value.as_array().ok_or("not a list")?;
    if !(least..=most).contains(&list.len()) {
        return Err(format!("{} elements", list.len()));
    }
    Ok(list)
}

fn text(value: &Value, longest: usize) -> Result<&str, String> {
    let text = value.as_str().ok_or("not a string")?;
    if text.trim().is_empty() || text.len() > longest {
        return Err("a string that is blank or too long".to_owned());
    }
    Ok(text)
}

#[test]
fn the_reader_refuses_what_cloudwatch_would() {
    let now = Timestamp::now();
    let at = now.as_millisecond();
    let good = json!({
        "_aws": {"Timestamp": at, "CloudWatchMetrics": [
            {"Namespace": "n", "Dimensions": [["D"]], "Metrics": [{"Name": "M", "Unit": "Count"}]},
        ]},
        "D": "d", "M": [1, 2.5],
    });
    assert_eq!(read(&good.to_string(), now).unwrap()[0].values, [1.0, 2.5]);
    assert_eq!(read(r#"{"message":"{\"_aws\":{}}"}"#, now), Ok(Vec::new()));
    let directive = |pointer: &str| format!("/_aws/CloudWatchMetrics/0{pointer}");
    for (pointer, value) in [
        ("/_aws".to_owned(), json!({})),
        ("/_aws/Timestamp".to_owned(), json!(at.to_string())),
        ("/_aws/Timestamp".to_owned(), json!(at / 1_000)),
        ("/_aws/Timestamp".to_owned(), json!(at + 3 * 3_600_000)),
        ("/_aws/CloudWatchMetrics".to_owned(), json!({})),
        (directive("/Namespace"), json!("")),
        (directive("/Dimensions"), json!(["D"])),
        (directive("/Dimensions"), json!([["E"]])),
        (directive("/Metrics"), json!([{"Name": "N"}])),
        (directive("/Metrics"), json!([{"Unit": "Count"}])),
        (directive("/Metrics"), json!(vec![json!({"Name": "M"}); 101])),
        (directive("/Metrics/0/Unit"), json!("count")),
        ("/D".to_owned(), json!(1)),
        ("/M".to_owned(), json!("1")),
        ("/M".to_owned(), json!([])),
        ("/M".to_owned(), json!([null])),
        ("/M".to_owned(), json!(vec![1; 101])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&pointer).unwrap() = value;
        assert!(read(&bad.to_string(), now).is_err(), "{bad}");
    }
    assert!(read(r#"{"D":"a","D":"b"}"#, now).is_err());
}
