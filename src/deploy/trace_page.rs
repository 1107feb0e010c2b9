//! The address of a trace in CloudWatch's console.

use super::session::Session;
use crate::partition::Partition;

impl Session {
    /// The URL of the page of CloudWatch's console that shows a trace.
    #[must_use]
    pub fn trace_page(&self, id: &str) -> String {
        let region = self.region();
        let host = Partition::of(region).console_host;
        format!("https://{host}/cloudwatch/home?region={region}#xray:traces/{id}")
    }
}
