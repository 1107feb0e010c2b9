//! What a program prints, read while it runs.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// The output of a program, read by another thread: nobody waits for its end.
pub(super) struct Words {
    heard: Receiver<Vec<u8>>,
    count: Arc<AtomicU64>,
    most: u64,
}

impl Words {
    /// Stores one byte more than `most`, and discards the remainder, so that the program does not block.
    pub(super) fn hear(mut pipe: impl Read + Send + 'static, most: u64) -> Self {
        let count = Arc::new(AtomicU64::new(0));
        let (sender, heard) = mpsc::channel();
        let counted = Arc::clone(&count);
        let _no_thread_left = thread::Builder::new().spawn(move || {
            let mut part = [0; 8192];
            let mut stored = 0;
            loop {
                let read = match pipe.read(&mut part) {
                    Ok(0) => return,
                    Ok(read) => read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(_) => return,
                };
                let free = usize::try_from(most + 1 - stored).unwrap_or(usize::MAX).min(read);
                stored += free as u64;
                counted.store(stored, Ordering::Relaxed);
                // The receiver is closed: the program was ended too.
                if free > 0 && sender.send(part[..free].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { heard, count, most }
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.count.load(Ordering::Relaxed) > self.most
    }

    /// The output until it ends, waiting at most this duration from now: a program that outlives its group may never
    /// close it.
    pub(super) fn end(self, within: Duration) -> Vec<u8> {
        let until = Instant::now() + within;
        let mut all = Vec::new();
        while let Ok(part) = self.heard.recv_timeout(until.saturating_duration_since(Instant::now())) {
            all.extend(part);
        }
        all
    }
}
