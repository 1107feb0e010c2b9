//! A list of prices of the user's own.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{Item, Price, Prices, Source};
use crate::validate::nearest;

/// Higher than all of AWS's prices: a larger one has its decimal point in the wrong position.
const MOST: f64 = 10_000.0;

/// An error in a price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// JSON pointer of the value.
    pub pointer: String,
    pub message: String,
    pub help: String,
}

/// Parses a price list; docs/cost.md describes it.
///
/// # Errors
/// All errors in the list.
pub fn read_prices(value: &Value) -> Result<Prices, Vec<Problem>> {
    let mut reader = Reader { problems: Vec::new() };
    let prices = reader.prices(value);
    if reader.problems.is_empty() { Ok(prices) } else { Err(reader.problems) }
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn prices(&mut self, value: &Value) -> Prices {
        let help = "write `version: 1` and `regions: {REGION: {ITEM: PRICE}}`";
        let Some(top) = self.map(value, "", help) else { return Prices::default() };
        self.known(top, "", &["version", "sources", "regions"]);
        if top.get("version") != Some(&Value::from(1)) {
            self.problem(
                "/version",
                "this pipectl reads version 1 of the list of prices",
                "write `version: 1`",
            );
        }
        let sources = self.sources(top.get("sources"));
        let Some(regions) = top.get("regions") else {
            self.problem("", "the list has no `regions`", help);
            return Prices::default();
        };
        let regions = self.map(regions, "/regions", help).cloned().unwrap_or_default();
        let mut read = BTreeMap::new();
        for (region, items) in &regions {
            let pointer = format!("/regions/{region}");
            let help = format!("write `{region}: {{sqs.requests_per_million: 0.40}}`");
            let Some(items) = self.map(items, &pointer, &help) else { continue };
            let mut prices = BTreeMap::new();
            for (key, value) in items {
                if let Some((item, price)) = self.figure(key, value, &pointer, &sources) {
                    prices.insert(item, price);
                }
            }
            read.insert(region.clone(), prices);
        }
        Prices { regions: read }
    }

    fn sources(&mut self, value: Option<&Value>) -> BTreeMap<String, Source> {
        let mut read = BTreeMap::new();
        let help = "write `{url: https://…, dated: 2026-10-01}`";
        let Some(sources) = value.and_then(|value| self.map(value, "/sources", help)) else { return read };
        for (name, source) in sources {
            let pointer = format!("/sources/{name}");
            let Some(source) = self.map(source, &pointer, help) else { continue };
            self.known(source, &pointer, &["url", "dated", "quoted"]);
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let (url, dated) = (text("url"), text("dated"));
            if !url.starts_with("https://") {
                self.problem(
                    &pointer,
                    &format!("the `url` of the source `{name}` must begin with `https://`"),
                    help,
                );
            }
            if dated.parse::<Date>().is_err() {
                self.problem(
                    &pointer,
                    &format!("the `dated` of the source `{name}` must be a date such as 2026-10-01"),
                    help,
                );
            }
            read.insert(name.clone(), Source { url: url.to_owned(), dated: dated.to_owned() });
        }
        read
    }

    fn figure(
        &mut self,
        key: &str,
        value: &Value,
        region: &str,
        sources: &BTreeMap<String, Source>,
    ) -> Option<(Item, Price)> {
        let pointer = format!("{region}/{key}");
        let Some(item) = Item::named(key) else {
            let help = match nearest(key, Item::keys()) {
                Some(suggestion) => format!("did you mean `{suggestion}`?"),
                None => "docs/cost.md lists the items".to_owned(),
            };
            self.problem(&pointer, &format!("unknown item `{key}`"), &help);
            return None;
        };
        let help = format!("write `{key}: 0.40`, or `{key}: {{price: 0.40, source: NAME}}`");
        let (price, source) = match value {
            Value::Object(map) => {
                self.known(map, &pointer, &["price", "source"]);
                (map.get("price").unwrap_or(&Value::Null), map.get("source"))
            }
            plain => (plain, None),
        };
        let usd = price.as_f64().filter(|usd| (0.0..=MOST).contains(usd));
        if usd.is_none() {
            let message = format!("the price of `{key}` must be a number of US dollars from 0 to {MOST}");
            self.problem(&pointer, &message, &help);
        }
        let found = source.and_then(|source| sources.get(source.as_str()?));
        if source.is_some() && found.is_none() {
            self.problem(&pointer, "its `source` is not defined under `sources`", &help);
        }
        Some((item, Price { usd: usd?, source: found.cloned() }))
    }

    fn map<'a>(&mut self, value: &'a Value, pointer: &str, help: &str) -> Option<&'a Map<String, Value>> {
        if value.as_object().is_none() {
            self.problem(pointer, "a map is expected here", help);
        }
        value.as_object()
    }

    fn known(&mut self, map: &Map<String, Value>, pointer: &str, keys: &[&str]) {
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            let suggestion = nearest(key, keys.iter().copied());
            let help = match suggestion {
                Some(suggestion) => format!("did you mean `{suggestion}`?"),
                None => format!("it takes `{}`", keys.join("`, `")),
            };
            self.problem(&format!("{pointer}/{key}"), &format!("unknown key `{key}`"), &help);
        }
    }

    fn problem(&mut self, pointer: &str, message: &str, help: &str) {
        let [pointer, message, help] = [pointer, message, help].map(str::to_owned);
        self.problems.push(Problem { pointer, message, help });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_mistake_is_reported_at_its_location() {
        let list = json!({
            "version": 2, "currency": "EUR",
            "sources": {"page": {"url": "ftp://x", "dated": "last week"}},
            "regions": {
                "eu-south-1": {"sqs.request_per_million": 0.4, "lambda.poller_hour": "9", "kms.key_month": -1,
                    "xray.traces_per_million": {"price": 5, "source": "pages"}},
                "eu-south-2": [],
            },
        });
        let problems = read_prices(&list).expect_err("mistakes");
        let mistakes: Vec<(&str, &str)> =
            problems.iter().map(|problem| (problem.pointer.as_str(), problem.help.as_str())).collect();
        let has = |pointer: &str, help: &str| {
            assert!(
                mistakes.iter().any(|one| one.0 == pointer && one.1.contains(help)),
                "{pointer}: {mistakes:?}"
            );
        };
        has("/version", "`version: 1`");
        has("/currency", "it takes `version`, `sources`, `regions`");
        has("/sources/page", "https://");
        has("/regions/eu-south-1/sqs.request_per_million", "did you mean `sqs.requests_per_million`?");
        has("/regions/eu-south-1/lambda.poller_hour", "lambda.poller_hour: 0.40");
        has("/regions/eu-south-1/kms.key_month", "kms.key_month: 0.40");
        has("/regions/eu-south-1/xray.traces_per_million", "source: NAME");
        has("/regions/eu-south-2", "eu-south-2: {");
        assert_eq!(problems.len(), 9, "{problems:#?}");
    }

    #[test]
    fn a_figure_may_stand_with_its_source_or_alone() {
        let list = json!({
            "version": 1,
            "sources": {"page": {"url": "https://aws.amazon.com/sqs/pricing/", "dated": "2026-10-01"}},
            "regions": {"eu-south-1": {
                "sqs.requests_per_million": {"price": 0.4, "source": "page"}, "kms.key_month": 1,
            }},
        });
        let prices = read_prices(&list).expect("prices");
        let south = prices.of("eu-south-1").expect("the region");
        let source = south[&Item::QueueRequests].source.as_ref().expect("a source");
        assert_eq!((south[&Item::QueueRequests].usd, source.dated.as_str()), (0.4, "2026-10-01"));
        assert_eq!(south[&Item::Keys], Price { usd: 1.0, source: None });
    }
}
