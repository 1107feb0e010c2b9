use std::fmt;

/// How far a verb has come. This module never prints: the caller decides what to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
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

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Waiting => f.write_str("waiting for another pipectl"),
            Progress::Installing => write!(f, "installing ministack {}", super::MINISTACK_VERSION),
            Progress::Starting { port } => write!(f, "starting the local cloud on port {port}"),
            Progress::WarmingUp => f.write_str("warming up its services"),
            Progress::Stopping => f.write_str("stopping the local cloud and saving its state"),
            Progress::Purging => f.write_str("deleting the local state"),
        }
    }
}
