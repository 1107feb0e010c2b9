//! Single keys of the terminal, for a screen that redraws itself.

/// Reads keys without a line break, until this is dropped. Without a terminal, there are none.
pub struct Keys {
    #[cfg(unix)]
    terminal: Option<unix::Terminal>,
}

impl Keys {
    /// Reads keys from now on; a process in the background gets none.
    #[must_use]
    pub fn hear() -> Self {
        Self {
            #[cfg(unix)]
            terminal: unix::Terminal::open(),
        }
    }

    /// Whether keys can be read.
    #[must_use]
    pub fn are_heard(&self) -> bool {
        #[cfg(unix)]
        return self.terminal.is_some();
        #[cfg(not(unix))]
        false
    }

    /// The next key.
    pub async fn next(&mut self) -> u8 {
        #[cfg(unix)]
        if let Some(terminal) = &mut self.terminal
            && let Some(key) = terminal.pressed.recv().await
        {
            return key;
        }
        std::future::pending().await
    }
}

#[cfg(unix)]
mod unix {
    use std::io::{self, Read as _};
    use std::thread;

    use rustix::process::getpgrp;
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
    use tokio::sync::mpsc;

    /// The terminal; its settings are restored when this is dropped.
    pub(super) struct Terminal {
        former: Termios,
        pub(super) pressed: mpsc::UnboundedReceiver<u8>,
    }

    impl Terminal {
        pub(super) fn open() -> Option<Self> {
            let former = tcgetattr(io::stdin()).ok()?;
            // A background process that changes the terminal is stopped.
            if tcgetpgrp(io::stdin()).ok()? != getpgrp() {
                return None;
            }
            let (sender, pressed) = mpsc::unbounded_channel();
            // It ends with the process: nothing else can end a blocked read.
            let read = move || {
                while let Some(Ok(key)) = io::stdin().lock().bytes().next() {
                    if sender.send(key).is_err() {
                        return;
                    }
                }
            };
            thread::Builder::new().name("keys".to_owned()).spawn(read).ok()?;
            let mut single = former.clone();
            single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            tcsetattr(io::stdin(), OptionalActions::Flush, &single).ok()?;
            Some(Self { former, pressed })
        }
    }

    impl Drop for Terminal {
        fn drop(&mut self) {
            // Without a terminal, there is nothing to restore.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.former);
        }
    }
}
