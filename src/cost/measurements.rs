/// What AWS counted in the last 30 days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measurements {
    /// Messages that came into the queue, and their bytes.
    pub sent: f64,
    pub sent_bytes: f64,
    pub received: f64,
    pub deleted: f64,
    /// Requests that found the queue empty.
    pub empty_receives: f64,
    pub invocations: f64,
    /// Of all of them.
    pub milliseconds: f64,
    pub table_writes: f64,
    pub index_writes: f64,
    /// As they are now.
    pub table_bytes: f64,
    pub index_bytes: f64,
    pub log_bytes: f64,
}
