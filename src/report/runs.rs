//! Several applies side by side.

use camino::Utf8PathBuf;
use serde_json::Value;

use super::width::{columns, padded};
use super::{printable, style};

/// The state of one of the applies.
#[derive(Debug, Clone)]
pub struct SpecRun {
    pub spec: Utf8PathBuf,
    pub stack: String,
    pub state: RunState,
    /// Resources that are finished.
    pub done: usize,
}

#[derive(Debug, Clone)]
pub enum RunState {
    Waiting,
    /// The current step.
    Running(String),
    Done {
        result: String,
        seconds: u64,
    },
    Failed {
        exit: i32,
        message: String,
        help: Option<String>,
    },
    /// Another one failed before, and `--fail-fast` was given.
    Skipped,
}

impl SpecRun {
    /// Adds one line of its output.
    pub fn see(&mut self, event: &Value) {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        match event["event"].as_str() {
            Some("resource") if text("type") != "AWS::CloudFormation::Stack" => {
                let state = text("state");
                self.done += usize::from(state.ends_with("_COMPLETE"));
                let doing = state.to_lowercase().replace('_', " ");
                self.state = RunState::Running(printable(&format!("{} {doing}", text("logical_id"))));
            }
            Some("outcome") => self.state = RunState::Done { result: text("result"), seconds: 0 },
            Some("failed") => {
                let help = event["help"].as_str().map(str::to_owned);
                self.state = RunState::Failed { exit: 1, message: text("message"), help };
            }
            Some(_) => {}
            None => {
                let first = &event["diagnostics"][0];
                if let Some(message) = first["message"].as_str() {
                    let help = first["help"].as_str().map(str::to_owned);
                    self.state = RunState::Failed { exit: 1, message: message.to_owned(), help };
                }
            }
        }
    }

    /// Adds its end: exit code, seconds, and its other output.
    pub fn end(&mut self, code: i32, took: u64, words: &str) {
        match &mut self.state {
            RunState::Done { seconds, .. } if code == 0 => *seconds = took,
            RunState::Failed { exit, .. } => *exit = code.max(1),
            _ if code == 0 => self.state = RunState::Done { result: "done".to_owned(), seconds: took },
            _ => {
                let error = words.lines().find(|line| line.starts_with("error"));
                let message = match (code, error) {
                    (130, _) => "stopped by Ctrl-C; the operation continues in AWS",
                    (_, Some(line)) => line,
                    (_, None) => "ended without a result",
                };
                let help = words.lines().find_map(|line| line.split_once("help: "));
                let help = help.map(|(_, help)| help.to_owned());
                self.state = RunState::Failed { exit: code, message: message.to_owned(), help };
            }
        }
    }
}

/// A line for each apply, and its help if it failed.
#[must_use]
pub fn runs_text(runs: &[SpecRun]) -> String {
    let shown: Vec<(String, String)> =
        runs.iter().map(|run| (printable(run.spec.as_str()), printable(&run.stack))).collect();
    let spec = shown.iter().map(|(spec, _)| columns(spec)).max().unwrap_or_default();
    let stack = shown.iter().map(|(_, stack)| columns(stack)).max().unwrap_or_default();
    let mut lines = Vec::new();
    for (run, (path, name)) in runs.iter().zip(&shown) {
        let (sign, words) = match &run.state {
            RunState::Waiting | RunState::Running(_) => (style::yellow("…"), "runs".to_owned()),
            RunState::Done { result, seconds } => (style::green("✓"), format!("{result} in {seconds} s")),
            RunState::Failed { message, .. } => (style::red("✗"), printable(message)),
            RunState::Skipped => (style::yellow("○"), "not started: another one failed before".to_owned()),
        };
        lines.push(format!("  {sign} {}  {}  {words}", padded(path, spec), padded(name, stack)));
        if let RunState::Failed { help: Some(help), .. } = &run.state {
            lines.push(format!("    {}", style::cyan(&format!("help: {}", printable(help)))));
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run() -> SpecRun {
        SpecRun {
            spec: "specs/dev.yaml".into(),
            stack: "demo-dev".to_owned(),
            state: RunState::Waiting,
            done: 0,
        }
    }

    #[test]
    fn a_run_is_read_from_its_lines_and_its_exit_status() {
        let mut good = run();
        good.see(&json!({"event": "resource", "logical_id": "Queue", "type": "AWS::SQS::Queue", "state": "CREATE_COMPLETE"}));
        assert_eq!(good.done, 1);
        good.see(&json!({"event": "outcome", "result": "created"}));
        good.end(0, 12, "");
        let mut refused = run();
        refused
            .see(&json!({"diagnostics": [{"message": "wrong\u{1b}[2J account", "help": "choose another"}]}));
        refused.end(4, 0, "");
        let mut silent = run();
        silent.end(130, 1, "");
        let text = anstream::adapter::strip_str(&runs_text(&[good, refused, silent])).to_string();
        assert!(text.contains("✓ specs/dev.yaml  demo-dev  created in 12 s"), "{text}");
        assert!(text.contains("✗ specs/dev.yaml  demo-dev  wrong\\u{1b}[2J account"), "{text}");
        assert!(text.contains("help: choose another") && text.contains("stopped by Ctrl-C"), "{text}");
    }
}
