use std::collections::BTreeMap;

use super::Item;
use super::price_file::read_prices;

/// The prices with a public source, in `prices.json`: on-demand, first tier, in US dollars.
const PUBLISHED: &str = include_str!("prices.json");

/// The price of one unit, or of a number of units, in US dollars.
#[derive(Debug, Clone, PartialEq)]
pub struct Price {
    pub usd: f64,
    /// `None` if the user's own list does not name it.
    pub source: Option<Source>,
}

/// The source of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub url: String,
    /// The date, such as `2026-10-01`.
    pub dated: String,
}

/// Prices by region.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prices {
    pub(super) regions: BTreeMap<String, BTreeMap<Item, Price>>,
}

/// The built-in prices.
#[must_use]
pub fn published() -> Prices {
    let value = serde_json::from_str(PUBLISHED).unwrap_or_default();
    read_prices(&value).unwrap_or_default()
}

impl Prices {
    /// The prices of a region; `None` if there are none.
    #[must_use]
    pub fn of(&self, region: &str) -> Option<&BTreeMap<Item, Price>> {
        self.regions.get(region)
    }

    /// The regions with prices.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.keys().map(String::as_str)
    }

    /// These prices, overridden by those of another list.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        for (region, prices) in other.regions {
            self.regions.entry(region).or_default().extend(prices);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_figure_has_a_source_that_can_be_cited_and_a_day() {
        let value = serde_json::from_str(PUBLISHED).expect("JSON");
        let prices = read_prices(&value).expect("prices.json is a list of prices");
        assert_eq!(prices, published());
        assert_eq!(
            prices.regions().collect::<Vec<_>>(),
            ["eu-central-1", "eu-west-1", "us-east-1", "us-west-2"]
        );
        for (item, price) in prices.regions.values().flatten() {
            let source = price.source.as_ref().unwrap_or_else(|| panic!("{} has no source", item.key()));
            assert!(source.url.starts_with("https://"), "{}", source.url);
            assert!(source.dated.as_str() > "2025", "{}", source.dated);
            assert!(price.usd > 0.0, "{}", item.key());
        }
    }

    #[test]
    fn where_aws_has_one_price_everywhere_the_list_has_it_everywhere() {
        let prices = published();
        for prices in prices.regions.values() {
            for (item, usd) in [(Item::Invocations, 0.2), (Item::QueueRequests, 0.4), (Item::Dashboards, 3.0)]
            {
                assert_eq!(prices.get(&item).map(|price| price.usd), Some(usd), "{}", item.key());
            }
        }
        assert_eq!(prices.of("us-east-1").map(BTreeMap::len), Some(Item::keys().count()), "all of us-east-1");
    }
}
