//! The plain-text lines that Lambda itself writes.

use serde_json::Value;

use super::entry::{Entry, EntryKind, Level};

/// Words in plain text about a failure, as Lambda, the runtime and the C library write it. The processor's own lines are
/// JSON.
pub(super) const TROUBLE: [&str; 8] =
    ["ERROR", "Error", "error", "timed out", "exited", "panicked", "fault", "failed"];

/// A line about an invocation.
pub(super) fn read(text: &str) -> Option<Entry> {
    let text = text.trim_end();
    if let Some(remainder) = text.strip_prefix("START RequestId: ") {
        let (id, version) = remainder.split_once(" Version: ").unwrap_or((remainder, ""));
        return Some(platform(Level::Info, "start", vec![("request_id", id), ("version", version)]));
    }
    if let Some(id) = text.strip_prefix("END RequestId: ") {
        return Some(platform(Level::Info, "end", vec![("request_id", id)]));
    }
    if let Some(remainder) = text.strip_prefix("REPORT RequestId: ") {
        return Some(report("report", remainder));
    }
    if let Some(remainder) = text.strip_prefix("INIT_REPORT ") {
        return Some(report("report of the start", remainder));
    }
    let remainder = text.strip_prefix("INIT_START ")?;
    let words = remainder.split('\t').next().unwrap_or(remainder).trim();
    Some(platform(Level::Info, &format!("start of a process: {words}"), Vec::new()))
}

/// Any other line.
pub(super) fn plain(text: &str) -> Entry {
    let level = if TROUBLE.iter().any(|word| text.contains(word)) { Level::Error } else { Level::Info };
    let message = text.trim_end().to_owned();
    Entry { kind: EntryKind::Text, level, message, fields: Vec::new(), others: Vec::new() }
}

fn platform(level: Level, message: &str, others: Vec<(&str, &str)>) -> Entry {
    let others = others.into_iter().filter(|(_, value)| !value.is_empty());
    let others = others.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    Entry { kind: EntryKind::Platform, level, message: message.to_owned(), fields: Vec::new(), others }
}

/// `ID\tDuration: 12.3 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB\tInit Duration: 80 ms`,
/// and the failure.
fn report(what: &str, text: &str) -> Entry {
    let parts: Vec<&str> = text.split(['\t', '\n']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let value = |name: &str| parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix(": "));
    let mut words: Vec<String> = value("Duration").map(str::to_owned).into_iter().collect();
    match (value("Max Memory Used"), value("Memory Size")) {
        (Some(used), Some(size)) => words.push(format!("{} of {size}", used.trim_end_matches(" MB"))),
        (Some(used), None) => words.push(used.to_owned()),
        _ => {}
    }
    words.extend(value("Init Duration").map(|took| format!("start of the process {took}")));
    let failed = [value("Status").filter(|status| *status != "success"), value("Error Type")];
    words.extend(failed.into_iter().flatten().map(str::to_owned));
    let level = if failed.iter().any(Option::is_some) { Level::Error } else { Level::Info };
    let id = parts.first().filter(|part| !part.contains(": ")).copied().unwrap_or_default();
    let billed = value("Billed Duration").unwrap_or_default();
    platform(level, &format!("{what}: {}", words.join(", ")), vec![("request_id", id), ("billed", billed)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> (EntryKind, Level, String) {
        let entry = Entry::read(text);
        (entry.kind, entry.level, entry.message)
    }

    #[test]
    fn reports_are_short_and_failures_are_errors() {
        let report = "REPORT RequestId: 1-2\tDuration: 12.34 ms\tBilled Duration: 93 ms\tMemory Size: 512 MB\t\
            Max Memory Used: 40 MB\tInit Duration: 80.1 ms\t\nXRAY TraceId: 1-5\tSegmentId: 2\tSampled: true\n";
        let words = "report: 12.34 ms, 40 of 512 MB, start of the process 80.1 ms".to_owned();
        assert_eq!(read_text(report), (EntryKind::Platform, Level::Info, words));
        assert_eq!(Entry::read(report).others[0], ("request_id".to_owned(), "1-2".into()));
        let failed = "REPORT RequestId: 1-2\tDuration: 3000.00 ms\tMemory Size: 512 MB\tMax Memory Used: 40 MB\tStatus: timeout";
        let words = "report: 3000.00 ms, 40 of 512 MB, timeout".to_owned();
        assert_eq!(read_text(failed), (EntryKind::Platform, Level::Error, words));
        let start = "INIT_REPORT Init Duration: 10008.77 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError";
        let words =
            "report of the start: start of the process 10008.77 ms, error, Runtime.ExitError".to_owned();
        assert_eq!(read_text(start), (EntryKind::Platform, Level::Error, words));
    }

    #[test]
    fn what_lambda_logs_about_a_dead_process_is_an_error() {
        for text in [
            "2026-01-31T09:05:03.000Z 1-2 Task timed out after 3.00 seconds",
            "RequestId: 1-2 Error: Runtime exited with error: exit status 101",
            "thread 'main' panicked at src/main.rs:1:1:",
            "/var/task/bootstrap: /lib64/libc.so.6: version `GLIBC_2.38' not found: error",
            "Segmentation fault",
        ] {
            assert_eq!(read_text(text), (EntryKind::Text, Level::Error, text.to_owned()));
        }
        assert_eq!(read_text("START RequestId: 1-2 Version: 7\n").2, "start");
        assert_eq!(read_text("END RequestId: 1-2"), (EntryKind::Platform, Level::Info, "end".to_owned()));
        assert_eq!(read_text("hello").1, Level::Info);
        assert_eq!(read_text("REPORT RequestId: 1-2").2, "report: ");
    }
}
