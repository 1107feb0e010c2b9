//! The items of a bill.

/// A service that AWS bills separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    EventBridge,
    Sqs,
    Lambda,
    DynamoDb,
    CloudWatch,
    XRay,
    Kms,
}

impl Service {
    pub const ALL: [Self; 7] =
        [Self::EventBridge, Self::Sqs, Self::Lambda, Self::DynamoDb, Self::CloudWatch, Self::XRay, Self::Kms];

    /// AWS's name of the service.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EventBridge => "EventBridge",
            Self::Sqs => "SQS",
            Self::Lambda => "Lambda",
            Self::DynamoDb => "DynamoDB",
            Self::CloudWatch => "CloudWatch",
            Self::XRay => "X-Ray",
            Self::Kms => "KMS",
        }
    }
}

/// An item with a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    Events,
    ArchiveProcessing,
    ArchiveStorage,
    QueueRequests,
    FairRequests,
    Invocations,
    ArmCompute,
    X86Compute,
    Pollers,
    Writes,
    TableStorage,
    RecoveryStorage,
    LogIngestion,
    LogStorage,
    Alarms,
    CompositeAlarms,
    Metrics,
    Dashboards,
    Traces,
    Keys,
    KeyRequests,
}

/// How an item is priced.
struct Entry {
    item: Item,
    service: Service,
    /// Its key in a price list.
    key: &'static str,
    /// The billed unit.
    unit: &'static str,
    /// How many units a price is for.
    per: f64,
}

const MILLION: f64 = 1e6;

const fn entry(item: Item, service: Service, key: &'static str, unit: &'static str, per: f64) -> Entry {
    Entry { item, service, key, unit, per }
}

use Service::{CloudWatch, DynamoDb, EventBridge, Kms, Lambda, Sqs, XRay};

/// In the order of the items.
const ENTRIES: [Entry; 21] = [
    entry(Item::Events, EventBridge, "eventbridge.events_per_million", "events", MILLION),
    entry(Item::ArchiveProcessing, EventBridge, "eventbridge.archive_gb", "GB archived", 1.0),
    entry(Item::ArchiveStorage, EventBridge, "eventbridge.archive_gb_month", "GB-months in the archive", 1.0),
    entry(Item::QueueRequests, Sqs, "sqs.requests_per_million", "requests", MILLION),
    entry(Item::FairRequests, Sqs, "sqs.fair_requests_per_million", "requests", MILLION),
    entry(Item::Invocations, Lambda, "lambda.requests_per_million", "invocations", MILLION),
    entry(Item::ArmCompute, Lambda, "lambda.arm64_gb_second", "GB-seconds on arm64", 1.0),
    entry(Item::X86Compute, Lambda, "lambda.x86_64_gb_second", "GB-seconds on x86_64", 1.0),
    entry(Item::Pollers, Lambda, "lambda.poller_hour", "poller hours", 1.0),
    entry(Item::Writes, DynamoDb, "dynamodb.writes_per_million", "write units", MILLION),
    entry(Item::TableStorage, DynamoDb, "dynamodb.storage_gb_month", "GB-months of rows", 1.0),
    entry(Item::RecoveryStorage, DynamoDb, "dynamodb.recovery_gb_month", "GB-months of recovery", 1.0),
    entry(Item::LogIngestion, CloudWatch, "cloudwatch.log_gb", "GB logged", 1.0),
    entry(Item::LogStorage, CloudWatch, "cloudwatch.log_gb_month", "GB-months of log", 1.0),
    entry(Item::Alarms, CloudWatch, "cloudwatch.alarm_month", "alarms", 1.0),
    entry(Item::CompositeAlarms, CloudWatch, "cloudwatch.composite_alarm_month", "composite alarms", 1.0),
    entry(Item::Metrics, CloudWatch, "cloudwatch.metric_month", "metrics", 1.0),
    entry(Item::Dashboards, CloudWatch, "cloudwatch.dashboard_month", "dashboard", 1.0),
    entry(Item::Traces, XRay, "xray.traces_per_million", "traces", MILLION),
    entry(Item::Keys, Kms, "kms.key_month", "keys", 1.0),
    entry(Item::KeyRequests, Kms, "kms.requests_per_million", "requests", MILLION),
];

impl Item {
    fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }

    #[must_use]
    pub fn service(self) -> Service {
        self.entry().service
    }

    /// Its key in a price list.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.entry().key
    }

    /// The billed unit.
    #[must_use]
    pub fn unit(self) -> &'static str {
        self.entry().unit
    }

    /// How many units a price is for.
    pub(super) fn per(self) -> f64 {
        self.entry().per
    }

    /// The item with this key in a price list.
    #[must_use]
    pub fn named(key: &str) -> Option<Self> {
        ENTRIES.iter().find(|entry| entry.key == key).map(|entry| entry.item)
    }

    /// The keys of all items.
    pub fn keys() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().map(|entry| entry.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_found_by_its_name_and_belongs_to_the_service_it_is_named_after() {
        for entry in &ENTRIES {
            let item = entry.item;
            assert_eq!((Item::named(item.key()), item.entry().item), (Some(item), item));
            let service = item.service().name().to_lowercase().replace('-', "");
            assert!(item.key().starts_with(&format!("{service}.")), "{}", item.key());
        }
    }
}
