use std::fmt::Write as _;

use serde_json::{Value, json};

use super::amounts::{count, dollars, origin};
use super::{printable, style};
use crate::cost::{ASSUMPTIONS, Change, Estimate, Item, Line, Service};

/// The subject of a bill, and the source of its numbers.
#[derive(Debug, Clone)]
pub struct Bill {
    pub stack: String,
    pub region: String,
    /// Whether the traffic was measured, and not taken from the spec.
    pub is_measured: bool,
    pub event_bytes: f64,
    /// The multiples of the traffic.
    pub times: Vec<u32>,
    pub estimate: Estimate,
}

/// A bill by service, for people; with details, line by line and with its assumptions.
#[must_use]
pub fn cost_text(bill: &Bill, with_details: bool) -> String {
    let estimate = &bill.estimate;
    let day = estimate.events.first().copied().unwrap_or_default() / 30.0;
    let from = origin(bill.is_measured);
    let mut text = format!(
        " {} in {}, US dollars a month\n {} events a day of {} bytes, {from}\n\n",
        printable(&bill.stack),
        bill.region,
        count(day),
        count(bill.event_bytes)
    );
    let times: String = bill.times.iter().map(|times| format!("{:>12}", format!("{times} ×"))).collect();
    let _ = writeln!(text, "{}", style::dim(&format!(" {:<12}{times}{:>16}", "", "a million more")));
    for service in estimate.services() {
        let _ = writeln!(text, "{}", row(estimate, service.name(), Some(service), bill.times.len()));
    }
    let _ = writeln!(text, "{}", style::cyan(&row(estimate, "total", None, bill.times.len())));
    let _ = writeln!(text, " {:<12}{:>12}  without any event", "of it fixed", dollars(estimate.fixed()));
    unpriced(&mut text, bill);
    if with_details {
        details(&mut text, estimate);
    } else {
        let _ = write!(
            text,
            "\n{}",
            style::dim(&format!(
                " {}\n `--verbose` shows every line with its source, and the assumptions",
                ASSUMPTIONS[0]
            ))
        );
    }
    text
}

fn row(estimate: &Estimate, name: &str, service: Option<Service>, columns: usize) -> String {
    let lines = || estimate.of(service);
    let priced = lines().any(|line| line.price.is_some());
    let partly = lines().any(|line| line.price.is_none());
    let cell = |usd: f64| match (priced, partly) {
        (false, _) => "?".to_owned(),
        (true, true) => format!("{}+?", dollars(usd)),
        (true, false) => dollars(usd),
    };
    let cells: String =
        (0..columns).map(|at| format!("{:>12}", cell(estimate.monthly(service, at)))).collect();
    format!(" {name:<12}{cells}{:>16}", cell(estimate.per_million(service)))
}

fn unpriced(text: &mut String, bill: &Bill) {
    let items = bill.estimate.unpriced();
    if items.is_empty() {
        return;
    }
    let head = format!("\n ? not included: pipectl has no price with a source for {}, of:", bill.region);
    let _ = writeln!(text, "{}", style::yellow(&head));
    for item in items {
        let _ = writeln!(text, "     {}", item.key());
    }
    let _ = writeln!(text, "   add them with `--prices FILE`; see docs/cost.md");
}

fn details(text: &mut String, estimate: &Estimate) {
    for service in estimate.services() {
        let _ = writeln!(text, "\n {}", service.name());
        for line in estimate.of(Some(service)) {
            let quantity = amount(line.quantities.first().copied().unwrap_or_default());
            let _ = writeln!(text, "   {:>10}  {quantity} {}: {}", price(line), line.item.unit(), line.why);
            if let Some(source) = line.price.as_ref().and_then(|price| price.source.as_ref()) {
                let source = format!("{} {}", source.dated, printable(&source.url));
                let _ = writeln!(text, "{}", style::dim(&format!("   {:>10}  {source}", "")));
            }
        }
    }
    let _ = writeln!(text, "\n assumed");
    for assumption in ASSUMPTIONS {
        let _ = writeln!(text, "   {assumption}");
    }
}

fn price(line: &Line) -> String {
    if line.price.is_some() { dollars(line.cost(0)) } else { "?".to_owned() }
}

fn amount(quantity: f64) -> String {
    if quantity < 100.0 && quantity.fract() > 0.0 { format!("{quantity:.3}") } else { count(quantity) }
}

/// The same as JSON, with every line. Public JSON shape.
#[must_use]
pub fn cost_json(bill: &Bill) -> Value {
    let estimate = &bill.estimate;
    let monthly =
        |service| -> Vec<f64> { (0..bill.times.len()).map(|at| estimate.monthly(service, at)).collect() };
    let services: Vec<Value> = estimate
        .services()
        .map(|service| {
            let lines = estimate.of(Some(service));
            json!({
                "service": service.name(), "monthly": monthly(Some(service)),
                "per_million_events": estimate.per_million(Some(service)),
                "lines": lines.map(|line| line_json(line, bill.times.len())).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "version": 1, "stack": bill.stack, "region": bill.region, "currency": "USD", "measured": bill.is_measured,
        "events_per_month": estimate.events, "average_event_bytes": bill.event_bytes, "times": bill.times,
        "services": services, "monthly": monthly(None), "fixed": estimate.fixed(),
        "per_million_events": estimate.per_million(None),
        "unpriced": estimate.unpriced().into_iter().map(Item::key).collect::<Vec<_>>(), "assumptions": ASSUMPTIONS,
    })
}

fn line_json(line: &Line, columns: usize) -> Value {
    let price = line.price.as_ref();
    let source = price.and_then(|price| price.source.as_ref());
    json!({
        "item": line.item.key(), "what": line.why, "unit": line.item.unit(), "quantities": line.quantities,
        "price": price.map(|price| price.usd),
        "monthly": price.map(|_| (0..columns).map(|at| line.cost(at)).collect::<Vec<_>>()),
        "source": source.map(|source| json!({"url": source.url, "dated": source.dated})),
    })
}

/// A change of the monthly bill in one line.
#[must_use]
pub fn cost_change_text(change: &Change, region: &str) -> String {
    let Change { before, after } = *change;
    let words = match before.map(dollars) {
        None => format!("about ${}", dollars(after)),
        Some(before) if before == dollars(after) => format!("about ${before}, as before"),
        Some(before) => format!("about ${before} → ${}", dollars(after)),
    };
    format!("cost: {words} a month in {region}, from `load`")
}
