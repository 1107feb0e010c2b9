//! The only test with the real `MiniStack`. The environment is installed once in the target folder, so only the first
//! run needs the package index.

use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::local::http::{Request, send};
use crate::local::*;

/// Stops the local cloud, even if the test fails.
struct Stopped<'a>(&'a Folders);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        if let (Err(_), Some(pid)) = (down(self.0, &mut |_| ()), status(self.0).pid) {
            let _best_effort = process::kill(pid);
        }
    }
}

fn cache() -> Utf8PathBuf {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".into());
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join(target).join("local-cloud")
}

/// An SQS call with region and service in the scope, where the local cloud reads them.
fn queue(endpoint: &str, action: &str, body: &str) -> String {
    let port = endpoint.rsplit(':').next().unwrap().parse().unwrap();
    let target = format!("AmazonSQS.{action}");
    let scope = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
    let headers =
        [("Authorization", scope), ("X-Amz-Target", &target), ("Content-Type", "application/x-amz-json-1.0")];
    let answer =
        send(port, &Request { method: "POST", path: "/", headers: &headers, body }, Duration::from_secs(10));
    String::from_utf8(answer.unwrap().body).unwrap()
}

#[test]
fn it_starts_keeps_its_state_over_a_clean_stop_and_reports_a_kill() {
    let temporary = tempfile::tempdir().unwrap();
    let folders = Folders::new(cache(), Utf8Path::from_path(temporary.path()).unwrap().join("local"));
    let _stopped = Stopped(&folders);
    let mut stages = Vec::new();

    let first = up(&folders, Some(0), Deadline::NONE, &mut |stage| stages.push(stage)).unwrap();
    assert!(first.started && !first.lost_writes);
    assert_eq!(stages.last(), Some(&CloudProgress::WarmingUp));
    assert_eq!(status(&folders), first.status);
    let endpoint = first.status.endpoint.clone().unwrap();
    queue(&endpoint, "CreateQueue", r#"{"QueueName":"kept"}"#);

    let began = Instant::now();
    let again = up(&folders, None, Deadline::NONE, &mut |_| panic!("nothing to do")).unwrap();
    assert!(!again.started);
    assert_eq!(again.status, first.status);
    // A health check takes a few milliseconds; the limit allows for a busy test machine.
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
    assert!(matches!(
        up(&folders, Some(1), Deadline::NONE, &mut |_| ()),
        Err(LocalError::RunsElsewhere { .. })
    ));

    assert_eq!(down(&folders, &mut |_| ()).unwrap(), Down::Stopped);
    assert!(!status(&folders).running);
    assert_eq!(down(&folders, &mut |_| ()).unwrap(), Down::NotRunning);

    let second = up(&folders, None, Deadline::NONE, &mut |_| ()).unwrap();
    assert_eq!(second.status.endpoint.as_deref(), Some(endpoint.as_str()), "state stays on its port");
    assert!(queue(&endpoint, "ListQueues", "{}").contains("/kept\""));
    assert!(!tail(&folders, 5).unwrap().is_empty());

    queue(&endpoint, "CreateQueue", r#"{"QueueName":"lost"}"#);
    let pid = second.status.pid.unwrap();
    process::kill(pid).unwrap();
    while status(&folders).running {
        std::thread::sleep(Duration::from_millis(10));
    }
    let third = up(&folders, None, Deadline::NONE, &mut |_| ()).unwrap();
    assert!(third.lost_writes);
    let queues = queue(&endpoint, "ListQueues", "{}");
    assert!(queues.contains("/kept\"") && !queues.contains("/lost\""), "{queues}");

    assert_eq!(purge(&folders, &mut |_| ()).unwrap(), Down::Stopped);
    assert!(!status(&folders).running);
}
