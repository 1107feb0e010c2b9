//! Gives calls to AWS a way to the terminal.

use super::Global;
use crate::aws;
use crate::report::{Aside, Console};

/// Lets calls to AWS ask for MFA codes at the terminal, and with `-vv` logs them there.
pub(super) fn attach(global: &Global, console: &mut Console) {
    let aside = Aside::new(global.color);
    let mut terminal = aws::Terminal { ask: Some(Box::new(move |question| aside.ask(question))), log: None };
    if global.verbose > 1 {
        // A redrawn screen and log lines would overwrite each other.
        console.stop_drawing();
        terminal.log = Some(Box::new(move |line| aside.line(line)));
    }
    aws::attach(terminal);
}
