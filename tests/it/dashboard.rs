//! The dashboard: CloudWatch accepts it, it shows what the alarms watch, and its preview shows the same.

use std::collections::BTreeSet;

use camino::Utf8Path;
use pipectl::render::Template;
use pipectl::sandbox::Process;
use pipectl::{preview, render, source, validate};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::mutants::right;

/// The fields under `alarms` that switch one on.
fn alarms() -> Vec<String> {
    pipectl::spec::Alarms::default().settings().into_keys().collect()
}

fn template(spec: &Value) -> Template {
    let tree = source::read_text(Utf8Path::new("specs/made.yaml"), spec.to_string()).expect("a tree");
    render::render(&validate::validate(&tree, false).expect("a valid spec"), &Process).expect("a template")
}

fn example(name: &str) -> Value {
    let text = std::fs::read_to_string(format!("specs/{name}.yaml")).expect("an example");
    serde_yaml::from_str(&text).expect("YAML")
}

fn body(template: &Template) -> Value {
    let text = &template.parsed["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"];
    let text = text.as_str().expect("a dashboard");
    assert!(text.is_ascii());
    serde_json::from_str(text).expect("JSON")
}

/// The examples, and the other variants of a dashboard.
fn specs() -> Vec<Value> {
    let mut specs: Vec<Value> = ["dev", "prod", "reference"].into_iter().map(example).collect();
    let plain: Value = serde_yaml::from_str(SPEC).expect("YAML");
    let with = |pointer: &[&str], value: Value| {
        let mut spec = plain.clone();
        let location = pointer.iter().fold(&mut spec, |location, key| &mut location[*key]);
        *location = value;
        spec
    };
    let off: Map<String, Value> = alarms().into_iter().map(|alarm| (alarm, json!("off"))).collect();
    specs.push(with(&["alarms"], off.into()));
    for alarm in alarms() {
        specs.push(with(&["alarms"], json!({alarm: "off"})));
    }
    specs.push(with(&["processor", "batch", "pollers"], json!({"min": 2, "max": 20})));
    specs.push(with(&["slo"], json!({})));
    specs.push(with(&["processor", "reserved_concurrency"], json!(7)));
    specs.push(with(&["processor", "batch", "max_concurrency"], json!(7)));
    let mut runner = TestRunner::deterministic();
    while specs.len() < 114 {
        let spec = right().new_tree(&mut runner).expect("a spec").current();
        if spec["table"]["status_index"]["shards"].as_u64().is_some_and(|shards| shards <= 1000) {
            specs.push(spec);
        }
    }
    specs
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn keys<'a>(value: &'a Value, known: &[&str]) -> BTreeSet<&'a str> {
    let keys: BTreeSet<&str> = value.as_object().expect("a map").keys().map(String::as_str).collect();
    assert!(keys.iter().all(|key| known.contains(key)), "{value}");
    keys
}

fn graphs(body: &Value) -> impl Iterator<Item = &Value> {
    items(&body["widgets"]).iter().filter(|one| one["type"] == "metric").map(|one| &one["properties"])
}

#[test]
fn cloudwatch_takes_the_body() {
    for spec in specs() {
        let template = template(&spec);
        // A spec may have 45 tags, which are on every resource: with all of them, the template is uploaded to S3.
        let bare: usize =
            template.text.lines().filter(|line| !line.contains("- {Key:")).map(|line| line.len() + 1).sum();
        // A service level has six alarms with metric math, and is uploaded too.
        let most = if spec.get("slo").is_some() { 65_000 } else { 51_200 };
        assert!(bare <= most, "{bare} bytes of {most}");
        let body = body(&template);
        keys(&body, &["widgets"]);
        let widgets = items(&body["widgets"]);
        assert!((1..=500).contains(&widgets.len()));
        let mut taken = BTreeSet::new();
        for widget in widgets {
            let all = ["type", "x", "y", "width", "height", "properties"];
            assert_eq!(keys(widget, &all).len(), all.len());
            check_location(widget, &mut taken);
            match widget["type"].as_str() {
                Some("text") => check_text(&widget["properties"]),
                Some("alarm") => check_alarms(&widget["properties"]),
                Some("metric") => check_graph(&widget["properties"]),
                other => panic!("{other:?}"),
            }
        }
    }
}

fn check_location(widget: &Value, taken: &mut BTreeSet<(u64, u64)>) {
    let [x, y, width, height] = ["x", "y", "width", "height"].map(|key| widget[key].as_u64().expect(key));
    assert!(x <= 23 && (1..=24).contains(&width) && x + width <= 24 && (1..=1000).contains(&height));
    for cell in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
        assert!(taken.insert(cell), "two widgets at {cell:?}");
    }
}

fn check_text(properties: &Value) {
    keys(properties, &["markdown", "background"]);
    assert!(properties["markdown"].as_str().is_some_and(|text| text.starts_with("## ")));
    assert!(["transparent", "solid"].map(Value::from).contains(&properties["background"]));
}

fn check_alarms(properties: &Value) {
    keys(properties, &["title", "alarms", "sortBy", "states"]);
    assert!((1..=100).contains(&items(&properties["alarms"]).len()));
    assert!(
        ["default", "stateUpdatedTimestamp", "timestamp"].map(Value::from).contains(&properties["sortBy"])
    );
}

fn check_graph(properties: &Value) {
    let known = ["title", "view", "region", "stat", "period", "stacked", "yAxis", "metrics", "annotations"];
    keys(properties, &known);
    assert!(properties["title"].as_str().is_some_and(|title| !title.is_empty()));
    assert_eq!(properties["view"], "timeSeries");
    assert_eq!(properties["region"], "${AWS::Region}");
    check_numbers(properties);
    let metrics = items(&properties["metrics"]);
    assert!((1..=500).contains(&metrics.len()));
    let mut labels = BTreeSet::new();
    for metric in metrics {
        let (options, words) = items(metric).split_last().expect("a metric");
        if options.get("visible").is_some() || options.get("expression").is_some() {
            check_calculated(options, words);
            continue;
        }
        assert!(words.len() >= 4 && words.len() % 2 == 0 && words.len() <= 2 + 2 * 30, "{metric}");
        assert!(words.iter().all(|word| word.as_str().is_some_and(|word| !word.is_empty())), "{metric}");
        keys(options, &["label", "color", "stat", "period", "yAxis"]);
        assert!(labels.insert(options["label"].as_str().expect("a label")), "{metric}");
        check_numbers(options);
        check_color(options);
        check_side(options);
    }
    if let Some(axes) = properties.get("yAxis") {
        for side in keys(axes, &["left", "right"]) {
            keys(&axes[side], &["min", "max", "label", "showUnits"]);
            // For a percentage that hardly changes, the top is shown.
            assert!(axes[side]["min"] == 0 || axes[side]["max"] == 100, "{axes}");
        }
    }
    if let Some(annotations) = properties.get("annotations") {
        keys(annotations, &["horizontal"]);
        assert!(!items(&annotations["horizontal"]).is_empty());
        for one in items(&annotations["horizontal"]) {
            keys(one, &["label", "value", "color", "fill", "yAxis", "visible"]);
            assert!(one["label"].is_string() && one["value"].is_number(), "{one}");
            check_color(one);
            check_side(one);
        }
    }
}

/// Computed metrics, or metrics used in a computation.
fn check_calculated(options: &Value, words: &[Value]) {
    keys(options, &["id", "expression", "label", "color", "visible", "period"]);
    let id = options["id"].as_str().expect("an id");
    assert!(id.starts_with(|character: char| character.is_ascii_lowercase()), "{id}");
    assert_eq!(words.is_empty(), options.get("expression").is_some(), "{options}");
    check_numbers(options);
    check_color(options);
}

fn check_numbers(options: &Value) {
    if let Some(period) = options.get("period") {
        let seconds = period.as_u64().expect("seconds");
        assert!([1, 5, 10, 30].contains(&seconds) || (seconds > 0 && seconds % 60 == 0), "{options}");
    }
    if let Some(stat) = options.get("stat").and_then(Value::as_str) {
        let percentile = stat.strip_prefix('p').and_then(|number| number.parse::<f64>().ok());
        let plain = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"].contains(&stat);
        assert!(plain || percentile.is_some_and(|number| (0.0..=100.0).contains(&number)), "{stat}");
    }
}

fn check_color(options: &Value) {
    if let Some(color) = options.get("color") {
        let color = color.as_str().expect("text");
        let digits = color.strip_prefix('#').expect(color);
        assert!(digits.len() == 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit()), "{color}");
    }
}

fn check_side(options: &Value) {
    assert!(options.get("yAxis").is_none_or(|side| side == "left" || side == "right"), "{options}");
}

#[test]
fn the_rows_stand_in_order_and_every_alarm_is_on_the_first() {
    for spec in specs() {
        let template = template(&spec);
        let body = body(&template);
        let resources = template.parsed["Resources"].as_object().expect("resources").values();
        // For two windows, the composite alarm is shown.
        let is_shown = |one: &&Value| {
            one["Type"] == "AWS::CloudWatch::CompositeAlarm"
                || one["Type"] == "AWS::CloudWatch::Alarm" && one["Properties"].get("Metrics").is_none()
        };
        let alarms: BTreeSet<String> = resources
            .filter(is_shown)
            .map(|one| one["Properties"]["AlarmName"].as_str().expect("a name"))
            .map(|name| {
                format!(
                    "arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{name}"
                )
            })
            .collect();
        let widgets = items(&body["widgets"]);
        let shown = widgets.iter().filter(|one| one["type"] == "alarm");
        let shown: Vec<&str> =
            shown.flat_map(|one| items(&one["properties"]["alarms"])).filter_map(Value::as_str).collect();
        assert_eq!(shown.len(), alarms.len());
        assert_eq!(shown.into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), alarms);

        let headings = widgets.iter().filter(|one| one["type"] == "text");
        let rows: Vec<&str> = headings
            .map(|one| {
                assert_eq!((&one["x"], &one["width"], &one["height"]), (&json!(0), &json!(24), &json!(1)));
                one["properties"]["markdown"].as_str().expect("markdown")
            })
            .map(|markdown| markdown.trim_start_matches("## ").split(':').next().expect("a word"))
            .collect();
        let all = ["Alarms", "Service level", "Flow", "Lag", "Loss", "Processor", "Table"];
        let wanted = all.into_iter().filter(|row| match *row {
            "Alarms" => !alarms.is_empty(),
            "Service level" => spec.get("slo").is_some(),
            _ => true,
        });
        assert_eq!(rows, wanted.collect::<Vec<_>>());
        // Nothing precedes its row, and no row is without graphs.
        assert_eq!(widgets[0]["type"], "text");
        assert!(widgets.windows(2).all(|pair| pair[0]["type"] != "text" || pair[1]["type"] != "text"));
        assert!(widgets.windows(2).all(|pair| pair[0]["y"].as_u64() <= pair[1]["y"].as_u64()));
    }
}

/// A metric's namespace, name and dimensions.
type Metric = (String, String, Vec<(String, String)>);

fn shown(body: &Value) -> BTreeSet<Metric> {
    let metrics = graphs(body).flat_map(|graph| items(&graph["metrics"]));
    metrics
        .filter(|metric| items(metric).first().is_some_and(Value::is_string))
        .map(|metric| {
            let words: Vec<String> =
                items(metric).iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let pairs = words[2..].chunks(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            (words[0].clone(), words[1].clone(), pairs.collect())
        })
        .collect()
}

/// The value that a dimension's reference will have: the resource's name.
fn resolved(template: &Value, value: &Value) -> String {
    let logical_id = value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str());
    let Some(logical_id) = logical_id else { return value.as_str().expect("text").to_owned() };
    let properties = &template["Resources"][logical_id]["Properties"];
    let name = ["QueueName", "FunctionName", "TableName", "Name"]
        .into_iter()
        .find_map(|key| properties[key].as_str());
    name.expect("a name").to_owned()
}

#[test]
fn every_metric_an_alarm_watches_is_shown() {
    for spec in specs() {
        let template = template(&spec);
        let shown = shown(&body(&template));
        let mut watched = 0;
        for alarm in template.parsed["Resources"].as_object().expect("resources").values() {
            if alarm["Type"] != "AWS::CloudWatch::Alarm" {
                continue;
            }
            let properties = &alarm["Properties"];
            // An alarm on a sum names its metrics one by one.
            let sum = items(&properties["Metrics"]).iter().filter_map(|one| one["MetricStat"].get("Metric"));
            let metrics: Vec<&Value> = sum.chain(properties.get("MetricName").map(|_| properties)).collect();
            assert!(!metrics.is_empty(), "{properties}");
            for metric in metrics {
                let text = |key: &str| metric[key].as_str().expect(key).to_owned();
                let resolved = |value| resolved(&template.parsed, value);
                let dimensions = items(&metric["Dimensions"]).iter();
                let dimensions: Vec<(String, String)> =
                    dimensions.map(|one| (resolved(&one["Name"]), resolved(&one["Value"]))).collect();
                let metric = (text("Namespace"), text("MetricName"), dimensions);
                assert!(shown.contains(&metric), "{metric:?} is on no graph");
            }
            watched += 1;
        }
        let off = alarms().iter().filter(|alarm| spec["alarms"][alarm.as_str()] == "off").count();
        assert!(watched + off >= alarms().len());
    }
}

#[test]
fn every_dimension_names_something_of_the_template() {
    for spec in specs() {
        let template = template(&spec);
        let resources = &template.parsed["Resources"];
        let name = |logical_id: &str, key: &str| {
            resources[logical_id]["Properties"][key].as_str().map(str::to_owned)
        };
        for (_, metric, dimensions) in shown(&body(&template)) {
            for (dimension, value) in dimensions {
                let known = match dimension.as_str() {
                    "EventBusName" => vec![name("Bus", "Name")],
                    "RuleName" => vec![name("Rule", "Name")],
                    "QueueName" => ["Queue", "DeadLetterQueue", "UndeliveredQueue"]
                        .map(|id| name(id, "QueueName"))
                        .to_vec(),
                    "FunctionName" => vec![name("Processor", "FunctionName")],
                    "TableName" => vec![name("EventsTable", "TableName")],
                    "GlobalSecondaryIndexName" => {
                        let index = &resources["EventsTable"]["Properties"]["GlobalSecondaryIndexes"][0];
                        vec![index["IndexName"].as_str().map(str::to_owned)]
                    }
                    // The only call the processor makes.
                    "Operation" => vec![Some("PutItem".to_owned())],
                    other => panic!("{metric} has the dimension {other}"),
                };
                assert!(known.contains(&Some(value.clone())), "{metric}: {dimension} {value}");
            }
        }
    }
}

/// A changed threshold in the spec moves its line.
#[test]
fn lines_stand_at_the_limits_of_the_spec() {
    let template = template(&example("prod"));
    let body = body(&template);
    let limits = |title: &str| -> Vec<i64> {
        let graph = graphs(&body).find(|graph| graph["title"] == title).expect(title);
        items(&graph["annotations"]["horizontal"]).iter().filter_map(|one| one["value"].as_i64()).collect()
    };
    assert_eq!(limits("Age of the oldest message"), [3600]);
    assert_eq!(limits("Messages in the queue"), [1000]);
    assert_eq!(limits("Dead letters"), [1]);
    assert_eq!(limits("Duration"), [60_000]);
    assert_eq!(limits("Concurrency"), [50, 100]);
    assert_eq!(limits("Rows"), [] as [i64; 0]);
}

/// People read the body: short lines, one for each item.
#[test]
fn the_body_is_a_readable_block_of_the_template() {
    let text = template(&example("prod")).text;
    let block: Vec<&str> = text.lines().skip_while(|line| !line.contains("DashboardBody:")).skip(2).collect();
    let block = &block[..block.iter().position(|line| line.is_empty()).expect("an end")];
    assert!(block.len() > 150, "{} lines", block.len());
    assert!(block.iter().all(|line| line.starts_with("          ")));
    let long = block
        .iter()
        .filter(|line| line.trim_start().len() > 110 && !line.contains("arn:") && !line.contains("SEARCH("));
    assert_eq!(long.collect::<Vec<_>>(), [] as [&&str; 0]);
}

/// Escaped as in HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            '/' => escaped.push_str("&#x2f;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[test]
fn the_preview_shows_every_title_label_limit_and_alarm() {
    for spec in specs().into_iter().take(20) {
        let template = template(&spec);
        let page = preview::preview(&template).expect("a page");
        assert_eq!(page, preview::preview(&template).expect("a page"), "the same bytes each time");
        let body = body(&template);
        let mut sought = Vec::new();
        for graph in graphs(&body) {
            sought.push(graph["title"].clone());
            sought.push(graph["yAxis"]["left"]["label"].clone());
            sought.extend(items(&graph["annotations"]["horizontal"]).iter().map(|one| one["label"].clone()));
            sought.extend(
                items(&graph["metrics"])
                    .iter()
                    .map(|one| one[one.as_array().expect("a list").len() - 1]["label"].clone()),
            );
        }
        for text in sought.iter().filter_map(Value::as_str) {
            assert!(page.contains(&format!(">{}<", escaped(text))), "`{text}` is not on the page");
        }
        let widgets = items(&body["widgets"]);
        for arn in widgets.iter().flat_map(|one| items(&one["properties"]["alarms"])) {
            let (_, name) = arn.as_str().expect("text").split_once(":alarm:").expect("an alarm");
            assert!(page.contains(&escaped(name)), "{name}");
        }
        assert_eq!(page.matches("<section").count(), widgets.len());
        assert_eq!(page.matches("role=\"img\"").count(), graphs(&body).count());
        assert!(!page.contains("NaN") && !page.contains("inf ") && !page.contains("undefined"));
    }
}

/// Nothing is loaded, no script runs.
#[test]
fn the_preview_needs_no_other_file() {
    let page = preview::preview(&template(&example("prod"))).expect("a page");
    for outside in ["<script", "<link", "<img", "<iframe", "http://", "https://", "@import", "url(", "src="] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("All values and alarm states are invented"));
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn hostile_text_in_a_body_stays_text() {
    let hostile = "</title></style></text><script>alert(1)</script>\" onload=\"x\" 'y' & {{ 7 * 7 }} **b**";
    let metric =
        json!(["a", hostile, "b", "c", {"label": hostile, "color": "red\" onload=\"x", "stat": hostile}]);
    let body = json!({"widgets": [
        {"type": "text", "properties": {"markdown": format!("## {hostile} *{hostile}* `{hostile}`")}},
        {"type": "alarm", "properties": {"title": hostile, "alarms": [hostile, format!("arn:alarm:{hostile}")]}},
        {"type": "metric", "x": 99, "y": 3, "width": 1_000_000, "height": 0, "properties": {
            "title": hostile, "metrics": [metric], "yAxis": {"left": {"label": hostile}, "right": {"label": hostile}},
            "annotations": {"horizontal": [
                {"label": hostile, "value": 1e300, "yAxis": "right", "color": "url(https://example.com/x)"},
                {"label": hostile, "value": -5},
            ]},
        }},
        {"type": hostile},
        {"type": "metric", "properties": {"metrics": [[], ["a"], "text", {"expression": "x"}, [{"label": 5}], null]}},
        {"type": "metric", "x": -1, "width": 2.5, "properties": null},
        null,
    ]});
    let page = preview::draw(hostile, &body).expect("a page");
    assert!(page.contains(&escaped("</style></text><script>")), "it is shown");
    assert!(page.contains("{{ 7 * 7 }}"), "it is not run");
    for tag in ["<script", "</text><", "onload=\"", "url(", "color=\"red"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!(page.matches("<section").count(), 7);
    assert_eq!(page.matches("</style>").count(), 1);
    for nothing in [json!({}), json!(null), json!({"widgets": 5})] {
        preview::draw("", &nothing).expect("an empty page");
    }
}

#[test]
fn the_command_writes_the_file_and_prints_its_path() {
    let cloud = Cloud::new();
    let file = cloud.path("page.html");
    let name = file.to_str().expect("UTF-8");
    std::fs::write(&file, "").expect("a file");
    let run = cloud
        .run(&["render", "specs/prod.yaml", "--dashboard-preview", name])
        .succeeded()
        .reports(&["wrote", name]);
    assert_eq!(run.stdout, "");
    let page = std::fs::read_to_string(&file).expect("a page");
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    std::fs::write(&file, page.replace("table", "former")).expect("a file");
    let quiet = cloud.run(&["render", "specs/prod.yaml", "--dashboard-preview", name, "--quiet"]).succeeded();
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    assert_eq!(std::fs::read_to_string(&file).expect("a page"), page, "the same bytes each time");
}

#[test]
fn the_command_reports_what_blocks_it() {
    let cloud = Cloud::new();
    let preview = |spec: &str, file: &str| cloud.run(&["render", spec, "--dashboard-preview", file]);
    let missing = cloud.path("no/such/page.html");
    let folder = cloud.path("no/such");
    let folder = folder.to_str().expect("UTF-8");
    preview("specs/prod.yaml", missing.to_str().expect("UTF-8")).exited(1).reports(&[
        "source::unwritable",
        &format!("the folder `{folder}` does not exist"),
        &format!("help: create it with `mkdir -p {folder}`"),
    ]);
    let taken = cloud.path("folder.html");
    std::fs::create_dir(&taken).expect("a folder");
    preview("specs/prod.yaml", taken.to_str().expect("UTF-8"))
        .exited(1)
        .reports(&["cannot be written: it is a folder, not a regular file"]);

    let plain = cloud.write("plain.yaml", &format!("{SPEC}dashboard: false\n"));
    let page = cloud.path("page.html");
    preview(plain.to_str().expect("UTF-8"), page.to_str().expect("UTF-8")).exited(1).reports(&[
        "preview::no-dashboard",
        "the spec has no dashboard",
        "help: write `dashboard: true`",
    ]);
    assert!(!page.exists(), "nothing is left behind");

    // A spec named by mistake is not overwritten.
    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    preview(spec, spec).exited(64).reports(&["is not the name of an HTML file", "spec.html"]);
    assert_eq!(std::fs::read_to_string(spec).expect("the spec"), SPEC);
    let name = page.to_str().expect("UTF-8");
    cloud
        .run(&["render", spec, "--dashboard-preview", name, "--output", "json"])
        .exited(64)
        .reports(&["cannot be used with"]);
}
