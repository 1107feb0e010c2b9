//! Profile, region and endpoint, as far as the command line says.

/// Where to deploy, as far as the user says; what is left open comes from the spec or the AWS configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Target {
    pub profile: Option<String>,
    pub region: Option<String>,
    /// Of every service.
    pub endpoint: Option<String>,
    /// The local cloud instead of AWS: it is installed and started when needed.
    pub local: bool,
}
