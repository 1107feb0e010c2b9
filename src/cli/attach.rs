//! Gives calls to AWS a way to the terminal.

use super::Global;
use crate::aws;
use crate::report::{Aside, Console};

/// Calls to AWS ask for codes of MFA devices at the terminal, and with `-vv` are shown there.
pub(super) fn attach(global: &Global, console: &mut Console) {
    let aside = Aside::new(global.color);
    let mut terminal = aws::Terminal { ask: Some(Box::new(move |question| aside.ask(question))), log: None };
    if global.verbose > 1 {
        // A picture that redraws itself and lines between would spoil each other.
        console.stop_drawing();
        terminal.log = Some(Box::new(move |line| aside.line(line)));
    }
    aws::attach(terminal);
}
