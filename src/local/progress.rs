use std::fmt;

/// The progress of a command. This module never prints: the caller decides what to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloudProgress {
    /// Another pipectl holds the lock.
    Waiting,
    Installing,
    Starting {
        port: u16,
    },
    WarmingUp,
    Stopping,
    Purging,
}

impl fmt::Display for CloudProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CloudProgress::Waiting => f.write_str("waiting for another pipectl"),
            CloudProgress::Installing => write!(f, "installing ministack {}", super::MINISTACK_VERSION),
            CloudProgress::Starting { port } => write!(f, "starting the local cloud on port {port}"),
            CloudProgress::WarmingUp => f.write_str("warming up its services"),
            CloudProgress::Stopping => f.write_str("stopping the local cloud and saving its state"),
            CloudProgress::Purging => f.write_str("deleting the local state"),
        }
    }
}
