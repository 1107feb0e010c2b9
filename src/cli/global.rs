//! Options that every command takes.

use std::time::Duration;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, ValueEnum};

use crate::deploy::Target;
use crate::report::Color;

/// The options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The output format on stdout; `sarif` and `github` are for `validate`, `markdown` for `plan`, `junit` for
    /// `test`.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) format: OutputFormat,
    /// Use the local cloud instead of AWS; it is installed and started when needed. If the variable is `0` or
    /// empty, AWS is used.
    #[arg(
        long,
        global = true,
        env = "PIPECTL_LOCAL",
        value_parser = FalseyValueParser::new(),
        help_heading = "Global options"
    )]
    pub(crate) local: bool,
    /// The profile of the AWS configuration.
    #[arg(long, global = true, env = "AWS_PROFILE", help_heading = "Global options")]
    pub(crate) profile: Option<String>,
    /// The AWS region; must be the same as `deploy.region`.
    #[arg(long, global = true, env = "AWS_REGION", help_heading = "Global options")]
    pub(crate) region: Option<String>,
    /// The endpoint for every AWS service; if left out, `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL` or the
    /// profile sets it.
    // Not by clap's `env`: help shows the values of variables, and these may hold a password.
    #[arg(long, global = true, value_name = "URL", help_heading = "Global options")]
    pub(crate) endpoint_url: Option<String>,
    /// Stop waiting for AWS after this duration, such as `90s` or `30m`; a started operation continues in AWS
    /// (exit code 5).
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration, help_heading = "Global options")]
    pub(crate) deadline: Option<Duration>,
    /// When to use colour.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) color: Color,
    /// Print only data and errors.
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print more detail; twice (`-vv`), also each call to AWS with its status, request id and duration.
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub(crate) verbose: u8,
}

impl Global {
    /// The target, as far as the command line sets it.
    pub(crate) fn target(&self) -> Target {
        Target {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint: self.endpoint_url.clone(),
            local: self.local,
        }
    }
}

pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let read = text.parse::<jiff::SignedDuration>().ok().filter(jiff::SignedDuration::is_positive);
    let read = read.and_then(|read| Duration::try_from(read).ok());
    read.ok_or_else(|| "write a duration such as `90s`, `30m` or `1h`".to_owned())
}

/// How data is written to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people.
    #[default]
    Human,
    /// For programs: one versioned JSON document, or one JSON object per line.
    Json,
    /// For code scanning services: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: annotations at the lines of a pull request.
    Github,
    /// For a comment on a pull request.
    Markdown,
    /// For CI systems that show test results: JUnit XML.
    Junit,
}

impl OutputFormat {
    /// The command that alone writes it; `None`: every command does.
    pub(super) fn only_of(self) -> Option<&'static str> {
        match self {
            Self::Human | Self::Json => None,
            Self::Sarif | Self::Github => Some("validate"),
            Self::Markdown => Some("plan"),
            Self::Junit => Some("test"),
        }
    }
}
