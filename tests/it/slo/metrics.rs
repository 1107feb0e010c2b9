//! CloudWatch's metric math and alarms, as far as the template uses them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::pipeline::AllSeries;

/// The alarms of a template.
pub(super) struct Alarms<'a>(&'a Value);

impl<'a> Alarms<'a> {
    pub(super) fn of(template: &'a Value) -> Self {
        Self(&template["Resources"])
    }

    /// Whether an alarm, composite or not, fires at the end of a minute.
    pub(super) fn fires(&self, id: &str, series: &AllSeries, minute: usize) -> bool {
        let alarm = &self.0[id]["Properties"];
        match alarm["AlarmRule"]["Fn::Sub"].as_str() {
            Some(rule) => rule.split(" AND ").all(|one| {
                let of = one
                    .strip_prefix("ALARM(\"${")
                    .and_then(|remainder| remainder.strip_suffix("}\")"))
                    .expect("an alarm");
                self.fires(of, series, minute)
            }),
            None => {
                assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold");
                assert_eq!(alarm["TreatMissingData"], "notBreaching");
                let watched = watched(alarm);
                let value = Window { alarm, series, minute }.value(watched["Id"].as_str().expect("an id"));
                value.is_some_and(|value| value > alarm["Threshold"].as_f64().expect("a number"))
            }
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn watched(alarm: &Value) -> &Value {
    let mut returned = list(&alarm["Metrics"]).iter().filter(|one| one["ReturnData"] == true);
    let watched = returned.next().expect("what the alarm watches");
    assert!(returned.next().is_none(), "it watches one value");
    watched
}

/// Namespace, name, and the resource or rule of a metric.
fn key(metric: &Value) -> String {
    let of = list(&metric["Dimensions"]).last().expect("a dimension");
    let value = &of["Value"];
    let of = value["Ref"].as_str().or(value["Fn::GetAtt"][0].as_str()).or(value.as_str()).expect("a name");
    format!(
        "{} {} {of}",
        metric["Namespace"].as_str().expect("text"),
        metric["MetricName"].as_str().expect("text")
    )
}

/// The one period of an alarm that ends with a minute.
#[derive(Clone, Copy)]
struct Window<'a> {
    alarm: &'a Value,
    series: &'a AllSeries,
    minute: usize,
}

impl Window<'_> {
    fn value(self, id: &str) -> Option<f64> {
        let query = list(&self.alarm["Metrics"])
            .iter()
            .find(|one| one["Id"] == id)
            .unwrap_or_else(|| panic!("no {id}"));
        if let Some(text) = query["Expression"].as_str() {
            let mut reader = Reader { remainder: text, window: self };
            let value = reader.either();
            assert!(reader.remainder.trim().is_empty(), "`{}` is left of {text}", reader.remainder);
            return value;
        }
        let stat = &query["MetricStat"];
        let minutes = stat["Period"].as_u64().expect("seconds") as usize / 60;
        let series =
            self.series.get(&key(&stat["Metric"])).unwrap_or_else(|| panic!("no {}", key(&stat["Metric"])));
        let from = (self.minute + 1).saturating_sub(minutes);
        let values = series[from..=self.minute].iter().flatten().copied();
        match stat["Stat"].as_str() {
            Some("Sum") => values.reduce(|left, right| left + right),
            Some("Maximum") => values.reduce(f64::max),
            other => panic!("{other:?}"),
        }
    }
}

/// Evaluates an expression: a missing value is missing, whatever it is combined with.
struct Reader<'a> {
    remainder: &'a str,
    window: Window<'a>,
}

impl Reader<'_> {
    fn takes(&mut self, token: &str) -> bool {
        let remainder = self.remainder.trim_start();
        let found = remainder.strip_prefix(token);
        self.remainder = found.unwrap_or(remainder);
        found.is_some()
    }

    fn expects(&mut self, token: &str) {
        assert!(self.takes(token), "`{token}` before `{}`", self.remainder);
    }

    fn either(&mut self) -> Option<f64> {
        let mut value = self.compared();
        while self.takes("AND ") {
            let right = self.compared();
            value = value.zip(right).map(|(left, right)| f64::from(u8::from(left != 0.0 && right != 0.0)));
        }
        value
    }

    fn compared(&mut self) -> Option<f64> {
        let left = self.sum();
        let is_at_most = self.takes("<=");
        if !is_at_most && !self.takes(">") {
            return left;
        }
        let right = self.sum();
        left.zip(right)
            .map(|(left, right)| f64::from(u8::from(if is_at_most { left <= right } else { left > right })))
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product();
        loop {
            let sign = if self.takes("+") {
                1.0
            } else if self.takes("-") {
                -1.0
            } else {
                return value;
            };
            let right = self.product();
            value = value.zip(right).map(|(left, right)| left + sign * right);
        }
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.term();
        loop {
            let times = self.takes("*");
            if !times && !self.takes("/") {
                return value;
            }
            let right = self.term();
            value = value.zip(right).and_then(|(left, right)| match (times, right) {
                (true, right) => Some(left * right),
                (false, 0.0) => None,
                (false, right) => Some(left / right),
            });
        }
    }

    fn term(&mut self) -> Option<f64> {
        if self.takes("(") {
            let value = self.either();
            self.expects(")");
            return value;
        }
        if self.takes("IF(") {
            let condition = self.either();
            self.expects(",");
            let then = self.either();
            self.expects(",");
            let otherwise = self.either();
            self.expects(")");
            return if condition? == 0.0 { otherwise } else { then };
        }
        if self.takes("FILL(") {
            let value = self.either();
            self.expects(",");
            let filling = self.either();
            self.expects(")");
            return value.or(filling);
        }
        let remainder = self.remainder;
        let end = remainder.find(|character: char| {
            !character.is_ascii_alphanumeric() && character != '.' && character != '_'
        });
        let (word, remainder) = remainder.split_at(end.unwrap_or(remainder.len()));
        self.remainder = remainder;
        if word.starts_with(|character: char| character.is_ascii_digit()) {
            return Some(word.parse().expect("a number"));
        }
        self.window.value(word)
    }
}

/// Checks the rules of `PutMetricAlarm` and `PutCompositeAlarm`.
pub(super) fn checked(template: &Value) {
    let resources = template["Resources"].as_object().expect("resources");
    let calculating = resources.iter().filter(|(_, resource)| !resource["Properties"]["Metrics"].is_null());
    let mut found = BTreeSet::new();
    for (id, resource) in calculating {
        let alarm = &resource["Properties"];
        let queries = list(&alarm["Metrics"]);
        let (metrics, math): (Vec<&Value>, Vec<&Value>) =
            queries.iter().partition(|one| one["Expression"].is_null());
        assert!(
            (1..=10).contains(&metrics.len()) && (1..=10).contains(&math.len()),
            "{id}: {}",
            metrics.len()
        );
        let ids: BTreeSet<&str> = queries.iter().map(|one| one["Id"].as_str().expect("an id")).collect();
        assert_eq!(ids.len(), queries.len());
        assert!(ids.iter().all(|id| id.starts_with(|character: char| character.is_ascii_lowercase())));
        assert!(math.iter().all(|one| one["Expression"].as_str().is_some_and(|text| text.len() <= 1024)));
        let periods: BTreeSet<u64> =
            metrics.iter().map(|one| one["MetricStat"]["Period"].as_u64().expect("seconds")).collect();
        assert_eq!(periods.len(), 1, "one period for all that is calculated with");
        let span =
            periods.iter().next().expect("one") * alarm["EvaluationPeriods"].as_u64().expect("periods");
        assert!(span <= 86_400, "{span}");
        watched(alarm);
        found.insert(id.as_str());
    }
    assert_eq!(found.len(), 4, "{found:?}");
    let combined =
        resources.values().filter(|resource| resource["Type"] == "AWS::CloudWatch::CompositeAlarm");
    assert_eq!(combined.count(), 2);
}
