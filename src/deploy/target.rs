//! Profile, region and endpoint, as far as the command line says.

/// The target of a deploy, as far as the user sets it. The spec or the AWS configuration sets the other values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    pub profile: Option<String>,
    pub region: Option<String>,
    /// For all services.
    pub endpoint: Option<String>,
    /// Whether to use the local cloud instead of AWS; it is installed and started when needed.
    pub local: bool,
}
