use std::collections::BTreeMap;

use super::traffic::Traffic;
use super::usage::Usage;
use super::{Item, Price, Service, cloudwatch, dynamodb, eventbridge, kms, lambda, sqs, xray};
use crate::spec::Spec;

/// A pipeline's monthly bill in one region, at one or more levels of traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Events per month, at each level of traffic.
    pub events: Vec<f64>,
    pub lines: Vec<Line>,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub item: Item,
    /// The reason for the cost.
    pub why: String,
    /// The amount at each level of traffic.
    pub quantities: Vec<f64>,
    /// Whether the amount grows with the number of events.
    pub grows: bool,
    /// `None`: the price is unknown.
    pub price: Option<Price>,
}

impl Line {
    /// US dollars per month at this level of traffic; zero without a price.
    #[must_use]
    pub fn cost(&self, at: usize) -> f64 {
        let usd = self.price.as_ref().map_or(0.0, |price| price.usd);
        self.quantities.get(at).map_or(0.0, |quantity| quantity / self.item.per() * usd)
    }
}

/// The cost of the spec's pipeline at each level of traffic, the first of which is the current one.
#[must_use]
pub fn estimate(spec: &Spec, traffics: &[Traffic], prices: &BTreeMap<Item, Price>) -> Estimate {
    let mut lines: Vec<Line> = Vec::new();
    for (at, traffic) in traffics.iter().enumerate() {
        // The lines depend on the spec, not on the traffic.
        for (index, usage) in usages(spec, traffic).into_iter().enumerate() {
            if at == 0 {
                let Usage { item, grows, why, .. } = usage;
                let price = prices.get(&item).cloned();
                lines.push(Line { item, why, quantities: Vec::new(), grows, price });
            }
            if let Some(line) = lines.get_mut(index) {
                line.quantities.push(usage.quantity);
            }
        }
    }
    lines.retain(|line| line.quantities.iter().any(|quantity| *quantity > 0.0));
    Estimate { events: traffics.iter().map(|traffic| traffic.events).collect(), lines }
}

fn usages(spec: &Spec, traffic: &Traffic) -> Vec<Usage> {
    let services = [
        eventbridge::usage,
        sqs::usage,
        lambda::usage,
        dynamodb::usage,
        cloudwatch::usage,
        xray::usage,
        kms::usage,
    ];
    services.iter().flat_map(|usage| usage(spec, traffic)).collect()
}

impl Estimate {
    /// The services with at least one line.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        Service::ALL
            .into_iter()
            .filter(|service| self.lines.iter().any(|line| line.item.service() == *service))
    }

    /// US dollars per month for one service, or for all.
    #[must_use]
    pub fn monthly(&self, service: Option<Service>, at: usize) -> f64 {
        total(self.of(service), at)
    }

    /// US dollars for a million more events, at the first level of traffic.
    #[must_use]
    pub fn per_million(&self, service: Option<Service>) -> f64 {
        let growing = total(self.of(service).filter(|line| line.grows), 0);
        let events = self.events.first().copied().unwrap_or_default();
        if events > 0.0 { growing / events * 1e6 } else { 0.0 }
    }

    /// US dollars per month that do not depend on events.
    #[must_use]
    pub fn fixed(&self) -> f64 {
        total(self.lines.iter().filter(|line| !line.grows), 0)
    }

    /// Used items without a price, each once.
    #[must_use]
    pub fn unpriced(&self) -> Vec<Item> {
        let mut items: Vec<Item> =
            self.lines.iter().filter(|line| line.price.is_none()).map(|line| line.item).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// The lines of one service, or of all.
    pub fn of(&self, service: Option<Service>) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| service.is_none_or(|service| line.item.service() == service))
    }
}

/// An empty `sum` is -0.0, which would be printed with its sign.
fn total<'a>(lines: impl Iterator<Item = &'a Line>, at: usize) -> f64 {
    lines.fold(0.0, |sum, line| sum + line.cost(at))
}

#[cfg(test)]
mod tests;
