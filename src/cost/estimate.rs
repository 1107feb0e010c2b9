use std::collections::BTreeMap;

use super::traffic::Traffic;
use super::usage::Usage;
use super::{Item, Price, Service, cloudwatch, dynamodb, eventbridge, kms, lambda, sqs, xray};
use crate::spec::Spec;

/// A pipeline's monthly bill in one region, at one traffic or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Events a month, at each traffic.
    pub events: Vec<f64>,
    pub lines: Vec<Line>,
}

/// One line of the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub item: Item,
    /// What for.
    pub why: String,
    /// How much of it, at each traffic.
    pub quantities: Vec<f64>,
    /// Whether more events use more of it.
    pub grows: bool,
    /// `None`: there is no figure of it.
    pub price: Option<Price>,
}

impl Line {
    /// US dollars a month, at this traffic; nothing where there is no figure.
    #[must_use]
    pub fn cost(&self, at: usize) -> f64 {
        let usd = self.price.as_ref().map_or(0.0, |price| price.usd);
        self.quantities.get(at).map_or(0.0, |quantity| quantity / self.item.per() * usd)
    }
}

/// What the spec's pipeline costs at each traffic, the first of which is today's.
#[must_use]
pub fn estimate(spec: &Spec, traffics: &[Traffic], prices: &BTreeMap<Item, Price>) -> Estimate {
    let mut lines: Vec<Line> = Vec::new();
    for (at, traffic) in traffics.iter().enumerate() {
        // Which lines there are is for the spec to say, and not for the traffic.
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
    /// The services that are used.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        Service::ALL
            .into_iter()
            .filter(|service| self.lines.iter().any(|line| line.item.service() == *service))
    }

    /// US dollars a month for one service, or for all of them.
    #[must_use]
    pub fn monthly(&self, service: Option<Service>, at: usize) -> f64 {
        total(self.of(service), at)
    }

    /// US dollars for a million events more, as the first traffic has them.
    #[must_use]
    pub fn per_million(&self, service: Option<Service>) -> f64 {
        let growing = total(self.of(service).filter(|line| line.grows), 0);
        let events = self.events.first().copied().unwrap_or_default();
        if events > 0.0 { growing / events * 1e6 } else { 0.0 }
    }

    /// US dollars a month that are paid without any event.
    #[must_use]
    pub fn fixed(&self) -> f64 {
        total(self.lines.iter().filter(|line| !line.grows), 0)
    }

    /// What is used and has no figure, each once.
    #[must_use]
    pub fn unpriced(&self) -> Vec<Item> {
        let mut items: Vec<Item> =
            self.lines.iter().filter(|line| line.price.is_none()).map(|line| line.item).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// The lines of one service, or of all of them.
    pub fn of(&self, service: Option<Service>) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| service.is_none_or(|service| line.item.service() == service))
    }
}

/// An empty `sum` is -0.0, which is written with its sign.
fn total<'a>(lines: impl Iterator<Item = &'a Line>, at: usize) -> f64 {
    lines.fold(0.0, |sum, line| sum + line.cost(at))
}

#[cfg(test)]
mod tests;
