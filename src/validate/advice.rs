//! What users of other deployers write, and the equivalent here. Fields are in backticks, from the top of the spec.

const OWN_CODE: &str = "the processor is pipectl's own program, and `event` defines what it stores; for code of your own that changes or rejects events, write `processor.code`";
const VARIABLES: &str =
    "the processor takes its settings from the spec, mainly `event`, and has no other variables";
const FIFO: &str = "the queue is a standard one: EventBridge delivers more than once and in any order, `event.identity` says which \
                    deliveries are the same event, and `queue.fair_by` keeps one sender from delaying the others";
const TARGETS: &str = "the queue is the only target; add another rule with its target under `deploy.extra`, or change the template after \
     `pipectl eject`";
const CHAT: &str = "subscribe it to an SNS topic (AWS Chatbot, or the tool's own integration), and name the topic under `alarms.notify`";
const ON_DEMAND: &str = "the table is on demand and takes what arrives; `load` states the expected traffic";
const PARAMETERS: &str = "a spec has no parameters: write plain values, and put what environments share into a file that they name under `extends`";
const NO_RETRIES: &str = "a message is received `queue.dead_letter.max_receive_count` times";

/// Sections, the keys reduced to letters, and the advice.
const ADVICE: &[(&[&str], &[&str], &str)] = &[
    (&[""], &["region", "awsregion"], "write it as `deploy.region`"),
    (&[""], &["account", "accountid"], "write it as `deploy.account`"),
    (&[""], &["profile"], "name the profile on the command line, with `--profile`, or in AWS_PROFILE"),
    (&["/deploy"], &["profile"], "name the profile on the command line, with `--profile`, or in AWS_PROFILE"),
    (&["", "/deploy"], &["stage", "env"], "write it as `environment`"),
    (&[""], &["service", "app", "application", "project", "pipeline"], "write it as `name`"),
    (
        &["", "/deploy"],
        &["stackname", "stack"],
        "write it as `names.stack`; left out, it follows from `name`",
    ),
    (&[""], &["tags"], "write it as `deploy.tags`"),
    (&[""], &["provider"], "write `deploy.region` and `deploy.account`; the cloud is AWS"),
    (&[""], &["function", "functions", "lambda", "consumer"], "write it as `processor`"),
    (
        &["", "/processor"],
        &["runtime", "handler", "codeuri", "image", "imageuri", "layers", "package", "entry"],
        OWN_CODE,
    ),
    (&[""], &["code"], "write it as `processor.code`"),
    (&[""], &["resources", "extra"], "add them as files under `deploy.extra`"),
    (&[""], &["outputs"], "pipectl creates the outputs; add others in a file under `deploy.extra`"),
    (&[""], &["parameters", "params", "globals", "custom", "variables", "vars", "mappings"], PARAMETERS),
    (&["", "/processor"], &["events", "triggers", "eventpattern"], "write it as `bus.pattern`"),
    (&[""], &["pattern", "rule", "filter"], "write it as `bus.pattern`"),
    (&[""], &["rules"], "write it as `bus.rules`; the first pattern is `bus.pattern`"),
    (&["/bus"], &["rule", "eventpattern", "filter", "filters"], "write it as `bus.pattern`"),
    (&["/bus"], &["source", "sources", "detailtype", "detail"], "write it inside of `bus.pattern`"),
    (&["", "/bus"], &["targets", "target"], TARGETS),
    (&["/bus"], &["name", "eventbusname", "busname"], "write it as `names.bus`"),
    (&["/bus"], &["policy", "permissions", "accounts"], "write it as `bus.producers`"),
    (&["/bus"], &["retrypolicy"], "write it as `bus.retry`"),
    (
        &["/bus"],
        &["deadletter", "dlq", "deadletterqueue", "deadletterconfig"],
        "events that EventBridge cannot deliver go to a separate queue; `queue.undelivered` says how it is encrypted",
    ),
    (&["/bus"], &["schema"], "write it as `event.schema`"),
    (
        &["", "/bus"],
        &["schedule", "cron", "rate"],
        "add a schedule that puts events on the bus under `deploy.extra`",
    ),
    (&[""], &["eventbus", "eventbridge"], "write it as `bus`"),
    (&[""], &["sqs"], "write it as `queue`"),
    (
        &["", "/processor"],
        &["dlq", "deadletter", "deadletterqueue", "deadletterconfig", "onfailure"],
        "write it as `queue.dead_letter`",
    ),
    (
        &["/queue"],
        &["dlq", "deadletterqueue", "redrivepolicy", "redrive", "redriveallowpolicy"],
        "write it as `queue.dead_letter`",
    ),
    (&["/queue"], &["maxreceivecount"], "write it as `queue.dead_letter.max_receive_count`"),
    (&["/queue"], &["visibilitytimeout", "visibility"], "write it as `queue.visibility_timeout_seconds`"),
    (
        &["/queue"],
        &["messageretentionperiod", "messageretention"],
        "write it as `queue.retention_days`, in days",
    ),
    (
        &["/queue"],
        &["receivemessagewaittimeseconds", "longpolling"],
        "write it as `queue.receive_wait_seconds`",
    ),
    (
        &["/queue"],
        &["type", "fifo", "fifoqueue", "contentbaseddeduplication", "deduplication", "ordered"],
        FIFO,
    ),
    (
        &["/queue"],
        &["delayseconds", "delay"],
        "messages are received at once; `processor.batch.window_seconds` is how long a batch waits to fill",
    ),
    (&["/queue"], &["name", "queuename"], "write it as `names.queue`"),
    (&["/queue"], &["kmskey", "kmsmasterkeyid", "sse", "kms"], "write it as `queue.encryption`"),
    (&["/queue"], &["batchsize"], "write it as `processor.batch.size`"),
    (&[""], &["dynamodb", "database", "db", "tables", "sink"], "write it as `table`"),
    (&["/table"], &["name", "tablename"], "write it as `names.table`"),
    (&["/table"], &["ttl", "timetolive", "ttlspecification"], "write it as `table.ttl_days`"),
    (&[""], &["ttl", "ttldays"], "write it as `table.ttl_days`"),
    (
        &["/table"],
        &[
            "billing",
            "billingmode",
            "readcapacity",
            "writecapacity",
            "provisionedthroughput",
            "autoscaling",
            "capacity",
        ],
        ON_DEMAND,
    ),
    (
        &["/table"],
        &["pitr", "pointintimerecovery", "backup", "backups"],
        "write it as `table.point_in_time_recovery_days`",
    ),
    (&["/table"], &["partitionkey", "hashkey", "pk"], "write it as `event.partition_key`"),
    (&["/table"], &["sortkey", "rangekey", "sk"], "write it as `event.sort_key`"),
    (
        &["/table"],
        &["keyschema", "attributes", "attributedefinitions"],
        "the keys follow from `event.partition_key` and `event.sort_key`",
    ),
    (
        &["/table"],
        &["gsi", "gsis", "globalsecondaryindexes", "globalindexes", "index", "lsi"],
        "write it as `table.indexes`",
    ),
    (&["/table"], &["streams", "streamspecification", "streamviewtype"], "write it as `table.stream`"),
    (&["/table", "", "/deploy"], &["removalpolicy", "deletionpolicy"], "write it as `table.retain`"),
    (
        &["/table"],
        &["encryption", "sse", "kmskey", "ssespecification"],
        "write it as `encryption`, for all of the pipeline",
    ),
    (
        &["/table"],
        &["replicas", "global", "regions"],
        "the table is in one region; see `table.point_in_time_recovery_days` and `bus.archive` for backups",
    ),
    (&["", "/deploy"], &["vpc", "vpcconfig"], "write it as `processor.vpc`"),
    (&["/processor"], &["vpcconfig", "network"], "write it as `processor.vpc`"),
    (
        &["/processor", ""],
        &["subnets", "subnetids", "securitygroups", "securitygroupids"],
        "write it inside of `processor.vpc`",
    ),
    (&["/processor", ""], &["envvars", "environmentvariables"], VARIABLES),
    (&["/processor"], &["env", "environment", "variables"], VARIABLES),
    (&["/processor"], &["name", "functionname"], "write it as `names.processor`"),
    (&["/processor"], &["rolename"], "write it as `names.role`"),
    (&["/processor"], &["memory", "memorysize", "memorylimit"], "write it as `processor.memory_mb`"),
    (&[""], &["memory", "memorysize"], "write it as `processor.memory_mb`"),
    (&["/processor"], &["timeout"], "write it as `processor.timeout_seconds`"),
    (&[""], &["timeout"], "write it as `processor.timeout_seconds`"),
    (&["/processor"], &["architectures", "arch", "cpu"], "write it as `processor.architecture`"),
    (
        &["/processor", "/processor/batch"],
        &["reservedconcurrentexecutions", "reserved"],
        "write it as `processor.reserved_concurrency`",
    ),
    (
        &["/processor", "/processor/batch"],
        &["maximumconcurrency", "maxconcurrency", "concurrency", "scalingconfig"],
        "write it as `processor.batch.max_concurrency`",
    ),
    (
        &["/processor", "/processor/batch"],
        &["provisionedconcurrency", "provisionedpollers"],
        "write it as `processor.batch.pollers`",
    ),
    (&["/processor"], &["batchsize"], "write it as `processor.batch.size`"),
    (
        &["/processor"],
        &["maximumbatchingwindow", "maxbatchingwindow", "batchwindow", "batchingwindow"],
        "write it as `processor.batch.window_seconds`",
    ),
    (&["/processor/batch"], &["batchsize"], "write it as `processor.batch.size`"),
    (
        &["/processor/batch"],
        &["maximumbatchingwindowinseconds", "maxbatchingwindow", "batchwindow"],
        "write it as `processor.batch.window_seconds`",
    ),
    (
        &["/processor", "/bus"],
        &["retries", "retryattempts", "maximumretryattempts", "maxretries"],
        NO_RETRIES,
    ),
    (
        &["/processor"],
        &["role", "policies", "policy", "permissions", "iam"],
        "the role has what the processor needs and no more; `deploy.permissions_boundary` limits it further",
    ),
    (&["/processor"], &["loglevel"], "write it as `processor.log.level`"),
    (&["/processor"], &["logretention", "logretentionindays"], "write it as `processor.log.retention_days`"),
    (&["/processor", ""], &["tracingconfig", "xray"], "write it as `processor.tracing`"),
    (&[""], &["logs", "logging", "log"], "write it as `processor.log`"),
    (&["/processor"], &["ephemeralstorage", "tmp", "storage"], "the processor writes no files"),
    (&["", "/processor"], &["kms", "kmskey", "kmskeyarn", "sse"], "write it as `encryption`"),
    (&["/deploy"], &["bucket", "s3bucket", "deploymentbucket"], "write it as `deploy.artifacts`"),
    (
        &["/deploy"],
        &["role", "executionrole", "cfnrole", "cloudformationrole"],
        "write it as `deploy.role_arn`",
    ),
    (&["/deploy"], &["boundary", "permissionsboundaryarn"], "write it as `deploy.permissions_boundary`"),
    (&["/deploy"], &["terminationprotection", "protect"], "write it as `deploy.production`"),
    (&["/deploy"], &["resources", "outputs"], "add them as files under `deploy.extra`"),
    (&["/deploy"], &["canary", "trafficshifting", "deploymentpreference"], "write it as `deploy.rollout`"),
    (&["", "/alarms"], &["slack", "chatbot", "teams", "pagerduty", "opsgenie", "webhook"], CHAT),
    (
        &["/alarms"],
        &["email", "emails", "recipients", "topic", "topics", "sns", "notifications", "actions", "to"],
        "write it as `alarms.notify`",
    ),
    (&[""], &["email", "emails", "notify", "notifications", "sns", "topic"], "write it as `alarms.notify`"),
    (&["", "/alarms"], &["sla", "servicelevel", "objective", "errorbudget"], "write it as `slo`"),
    (&["/alarms"], &["dlq", "deadletter"], "write it as `alarms.dead_letters`"),
    (&["/alarms"], &["errors", "error"], "write it as `alarms.processor_errors`"),
    (&["/alarms"], &["throttles", "throttling"], "write it as `alarms.processor_throttles`"),
    (&["/alarms"], &["age", "queueage", "oldest"], "write it as `alarms.oldest_message`"),
    (&["/alarms"], &["depth", "backlog", "queue"], "write it as `alarms.queue_depth`"),
    (&[""], &["archive", "replay"], "write it as `bus.archive`"),
    (&[""], &["keys", "key", "mapping", "schema", "row", "rows"], "write it inside of `event`"),
    (&["/event"], &["pk", "hashkey", "key", "id", "partition"], "write it as `event.partition_key`"),
    (&["/event"], &["sk", "rangekey", "sort", "timestamp"], "write it as `event.sort_key`"),
    (&["/event"], &["fields", "columns"], "write it as `event.attributes`"),
    (&["/event"], &["pattern", "filter"], "write it as `bus.pattern`"),
    (&["/event"], &["ttl", "ttldays"], "write it as `table.ttl_days`"),
    (
        &["/event"],
        &["dedupe", "deduplication", "idempotency", "idempotencykey"],
        "write it as `event.identity`",
    ),
];

/// The equivalent of a key from another tool.
pub(super) fn advice(pointer: &str, key: &str) -> Option<&'static str> {
    // No key of another tool is longer.
    if key.len() > 64 {
        return None;
    }
    let characters: String =
        key.chars().filter(|character| !"-_. ".contains(*character)).flat_map(char::to_lowercase).collect();
    let known = ADVICE
        .iter()
        .find(|(sections, keys, _)| sections.contains(&pointer) && keys.contains(&characters.as_str()));
    known.map(|(.., advice)| *advice)
}

#[cfg(test)]
mod tests {
    use super::super::dialect::Dialect;
    use super::super::schema::SCHEMA;
    use super::*;

    #[test]
    fn every_field_named_exists_and_no_field_of_the_spec_is_advised_against() {
        let dialect = Dialect::new(&SCHEMA.value);
        for (sections, keys, advice) in ADVICE {
            let named = advice.split('`').skip(1).step_by(2).filter(|word| !word.contains(['-', ' ']));
            for field in named {
                let pointer = format!("/{}", field.replace('.', "/"));
                assert!(dialect.at(&pointer).is_some(), "{advice}: `{field}`");
            }
            for section in *sections {
                let known = dialect.keys(section);
                for key in *keys {
                    assert!(!known.contains(key), "{section}/{key} is a field");
                }
            }
        }
    }

    #[test]
    fn keys_are_known_in_every_spelling() {
        for key in ["VisibilityTimeout", "visibility-timeout", "visibilityTimeout", "visibility_timeout"] {
            assert_eq!(advice("/queue", key), Some("write it as `queue.visibility_timeout_seconds`"));
        }
        assert_eq!(advice("/queue", &"x".repeat(1_000_000)), None);
    }
}
