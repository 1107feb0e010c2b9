//! What AWS counted of a deployed pipeline, in place of `load`.

/// AWS's counts of a deployed pipeline in 30 days, where `load` has the expected ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeasuredLoad {
    /// Messages that entered the queue, and their bytes.
    pub sent: f64,
    pub sent_bytes: f64,
    /// Messages in the busiest hour.
    pub most_sent: f64,
    pub received: f64,
    pub deleted: f64,
    /// Requests that found the queue empty.
    pub empty_receives: f64,
    pub invocations: f64,
    /// Of all of them.
    pub milliseconds: f64,
    /// Write units.
    pub table_writes: f64,
    pub index_writes: f64,
    /// The current number.
    pub table_bytes: f64,
    pub index_bytes: f64,
    pub log_bytes: f64,
}
