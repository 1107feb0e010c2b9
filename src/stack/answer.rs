//! Status and request id of a failed call.

use std::fmt;

/// How a service answered a failed call, and the ids by which AWS Support finds that answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    pub request_id: Option<String>,
    /// S3 has a second one (`x-amz-id-2`).
    pub extended_request_id: Option<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HTTP {}", self.status)?;
        if let Some(id) = &self.request_id {
            write!(formatter, ", request id {id}")?;
        }
        if let Some(id) = &self.extended_request_id {
            write!(formatter, ", extended request id {id}")?;
        }
        Ok(())
    }
}
