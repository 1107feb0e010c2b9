use camino::Utf8PathBuf;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The Lambda function that turns events into rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Processor {
    /// Memory in MB; CPU grows with it.
    #[schemars(range(min = 128, max = 10_240), extend("$comment" = "Lambda gives a function 128 MB to 10 GB"))]
    pub memory_mb: u32,

    /// The most seconds that one invocation may take.
    #[schemars(range(min = 1, max = 900), extend("$comment" = "Lambda stops an invocation after at most 15 minutes"))]
    pub timeout_seconds: u32,

    /// The CPU architecture that the function runs on.
    pub architecture: Architecture,

    /// How messages are passed to the function.
    pub batch: Batch,

    /// Concurrent invocations reserved for this function, which are also its maximum. If left out, it shares the
    /// account's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100_000), extend("$comment" = "no account has more concurrent executions to reserve"))]
    pub reserved_concurrency: Option<u32>,

    /// Table writes in flight within one invocation.
    #[schemars(range(min = 1, max = 256), extend("$comment" = "each write in flight holds a connection, and an invocation may have 1,024 files open"))]
    pub write_concurrency: u32,

    /// The function's log.
    pub log: Log,

    /// Whether AWS X-Ray traces the function. X-Ray records a trace of the invocations that it samples (by
    /// default one a second, and 5 % of the others): the times for waiting, starting, deciding and writing, and
    /// links to the traces of up to 20 of its messages, if their senders, such as EventBridge, trace.
    pub tracing: bool,

    /// Your own code, which sees each event before the mapping does: a folder with a Cargo package of one program, a built
    /// program for Amazon Linux 2023, or a zip with that as `bootstrap`, in the spec's folder or below. `apply` deploys it instead
    /// of pipectl's processor; `test`, `dlq` and `send` run it to decide as it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1),
        regex(pattern = r"^(?!/)(?!(.*/)?\.\.(/|$))"),
        example = &"own-code",
        extend("$comment" = "a spec is often reviewed from another branch, so it leads to nothing outside of its folder")
    )]
    pub code: Option<String>,

    /// The path of the code, resolved from the file that names it.
    #[serde(skip)]
    #[schemars(skip)]
    pub code_path: Option<Utf8PathBuf>,

    /// The VPC for the function's own calls. They then need a route to DynamoDB: a gateway endpoint, which is
    /// free of charge, or a NAT gateway. They also need a route to SQS for dead letters that are sent at once,
    /// such as an interface endpoint. Lambda reads the queue and writes the log outside of the VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
}

impl Default for Processor {
    fn default() -> Self {
        Self {
            memory_mb: 512,
            timeout_seconds: 60,
            architecture: Architecture::default(),
            batch: Batch::default(),
            reserved_concurrency: None,
            write_concurrency: 32,
            log: Log::default(),
            tracing: true,
            code: None,
            code_path: None,
            vpc: None,
        }
    }
}

impl Processor {
    /// Lambda's advice for the queue, in seconds: six timeouts, so that a throttled batch can be retried, and the
    /// batching window, which counts from the first receive.
    #[must_use]
    pub fn advised_visibility_timeout(&self) -> u32 {
        6 * self.timeout_seconds + self.batch.window_seconds
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// AWS Graviton: 20 % cheaper.
    #[default]
    Arm64,
    /// Intel and AMD.
    #[serde(rename = "x86_64")]
    X86_64,
}

impl Architecture {
    /// The name that Lambda and compilers use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }
}

/// How messages are passed from the queue to the function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Batch {
    /// The most messages in one invocation. Above 10, `window_seconds` must be at least 1.
    #[schemars(range(min = 1, max = 10_000), extend("$comment" = "Lambda takes 1 to 10,000 messages of a queue in one batch"))]
    pub size: u32,

    /// Seconds to wait for a batch to fill.
    #[schemars(range(min = 0, max = 300), extend("$comment" = "Lambda gathers a batch for at most 5 minutes"))]
    pub window_seconds: u32,

    /// The most concurrent invocations that the queue causes. If left out, ten times what the peak of `load`
    /// needs; without `load`, only the account's limit applies. Not together with `pollers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2, max = 1000), extend("$comment" = "Lambda takes a maximum concurrency of 2 to 1,000 for a queue"))]
    pub max_concurrency: Option<u32>,

    /// Provisioned pollers, paid by the hour, for sudden peaks. Not together with `max_concurrency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pollers: Option<Pollers>,
}

impl Default for Batch {
    fn default() -> Self {
        Self { size: 10, window_seconds: 10, max_concurrency: None, pollers: None }
    }
}

/// Provisioned pollers: each reads up to 1 MB/s and runs up to 10 invocations at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Pollers {
    /// Pollers that always run.
    #[schemars(range(min = 2, max = 200), extend("$comment" = "Lambda keeps 2 to 200 pollers running"))]
    pub min: u32,

    /// The most pollers at a peak.
    #[schemars(range(min = 2, max = 10_000), extend("$comment" = "Lambda adds pollers up to 10,000"))]
    pub max: u32,
}

impl Default for Pollers {
    fn default() -> Self {
        Self { min: 2, max: 200 }
    }
}

/// The function's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Days a log line is retained: one of the values that CloudWatch Logs allows, or `never` to never delete
    /// lines.
    pub retention_days: LogRetention,

    /// The least severe level that is logged. Payloads are never logged at `info` or above.
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Self {
        Self { retention_days: LogRetention::Days(30), level: LogLevel::default() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// How long CloudWatch Logs retains a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum LogRetention {
    Days(u32),
    Never(Never),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Never {
    Never,
}

/// The values that PutRetentionPolicy accepts.
const LOG_RETENTION_DAYS: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

impl JsonSchema for LogRetention {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LogRetention".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut values: Vec<serde_json::Value> = LOG_RETENTION_DAYS.map(Into::into).to_vec();
        values.push("never".into());
        json_schema!({
            "description": "Days a log line is retained: one of the values that CloudWatch Logs allows, or `never`.",
            "enum": values,
        })
    }
}

/// Where in a VPC the function is connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Private subnets in two or more availability zones: a function in a public subnet has no internet access.
    #[schemars(
        length(min = 1, max = 16),
        example = serde_json::json!(["subnet-0a1b2c3d4e5f60718", "subnet-0f1e2d3c4b5a69788"]),
        inner(regex(pattern = "^subnet-[0-9a-f]{8}([0-9a-f]{9})?$")),
        extend("$comment" = "Lambda connects a function to 16 subnets at most")
    )]
    pub subnet_ids: Vec<String>,

    /// The security groups of the function. They must allow outbound HTTPS, port 443.
    #[schemars(
        length(min = 1, max = 5),
        example = serde_json::json!(["sg-0a1b2c3d4e5f60718"]),
        inner(regex(pattern = "^sg-[0-9a-f]{8}([0-9a-f]{9})?$")),
        extend("$comment" = "Lambda takes five security groups at most")
    )]
    pub security_group_ids: Vec<String>,
}
