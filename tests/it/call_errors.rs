//! What is printed for a failed call, and for each call with `-vv`: enough for AWS Support, and no secret.

use std::collections::BTreeMap;

use pipectl::aws::{ArtifactStore, Clients, Found, Settings};
use pipectl::stack::{CallError, CallErrorKind};

use crate::reach::{Desk, KEYS, aws, with_keys};
use crate::scripted::{Answer, Request, Scripted};

/// S3's answer to HEAD has no body.
fn head(status: u16, region: Option<&str>) -> Result<Option<Found>, CallError> {
    let region = region.map(ToOwned::to_owned);
    let server = Scripted::new(move |_| {
        let answer = Answer::new(status, "application/xml", "")
            .with("x-amz-request-id", "R4Q5")
            .with("x-amz-id-2", "extended+id=");
        match &region {
            Some(region) => answer.with("x-amz-bucket-region", region),
            None => answer,
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let settings = Settings { endpoint: Some(server.http()), local: true, ..Settings::default() };
        let clients = Clients::new(settings).await.expect("clients");
        let store = ArtifactStore::own("123456789012", "us-east-1", BTreeMap::new());
        clients.found_artifact(&store, "key.zip", None).await
    })
}

#[test]
fn an_answer_without_a_body_is_reported_by_its_status_with_both_ids_of_s3() {
    assert_eq!(head(404, None), Ok(None));
    for (status, region, kind, words) in [
        (403, None, CallErrorKind::Denied, "access is denied, without a message"),
        (
            301,
            Some("eu-west-3"),
            CallErrorKind::Refused,
            "the bucket is in region `eu-west-3`, without a message",
        ),
        (503, None, CallErrorKind::Throttled, "the service failed, without a message"),
    ] {
        let error = head(status, region).expect_err("an error");
        assert_eq!(error.kind, kind, "{error}");
        assert_eq!(
            error.to_string(),
            format!(
                "`s3:GetObject` failed: {words}, HTTP {status}, request id R4Q5, extended request id extended+id="
            )
        );
    }
}

/// AWS, except the listing of the bucket.
fn refusing(code: &'static str, message: &'static str) -> impl FnMut(&Request) -> Answer + Send + 'static {
    move |request| {
        if !request.path.contains("list-type=2") {
            return aws(request);
        }
        Answer::new(
            403,
            "application/xml",
            format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        )
        .with("x-amz-request-id", "R4Q5")
        .with("x-amz-id-2", "extended+id=")
    }
}

#[test]
fn a_denied_call_names_the_action_that_is_missing_and_the_command_that_prints_all() {
    let desk = Desk::before(refusing(
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: kms:Decrypt on resource: \
         arn:aws:kms:eu-west-1:123456789012:key/1 because no identity-based policy allows the kms:Decrypt action",
    ));
    let run = desk.run(&[], &KEYS).exited(1).reports(&[
        "error[aws::denied]: `s3:ListBucket` failed: User: arn:aws:iam",
        "(AccessDenied), HTTP 403, request id R4Q5, extended request id extended+id=",
        "help: allow the action `kms:Decrypt` on `arn:aws:kms:eu-west-1:123456789012:key/1` for the caller",
        "`pipectl permissions SPEC`",
    ]);
    assert_eq!(run.stderr.matches("R4Q5").count(), 1, "{}", run.stderr);

    let desk = Desk::before(refusing("AccessDenied", "Access Denied"));
    desk.run(&[], &KEYS)
        .exited(1)
        .reports(&["Access Denied (AccessDenied)", "help: allow the action `s3:ListBucket` for the caller"]);
    let desk = Desk::before(refusing(
        "AccessDenied",
        "User: u is not authorized to perform: s3:ListBucket with an explicit deny in a service control policy: arn:aws:o",
    ));
    desk.run(&[], &KEYS).exited(1).reports(&["help: `s3:ListBucket` is denied by a service control policy"]);
    let desk =
        Desk::before(refusing("UnauthorizedOperation", "No. Encoded authorization failure message: abc"));
    desk.run(&[], &KEYS).exited(1).reports(&["error[aws::denied]", "aws sts decode-authorization-message"]);
}

#[test]
fn keys_that_are_not_accepted_name_where_they_come_from() {
    let desk = Desk::before(refusing("ExpiredToken", "The provided token has expired."));
    desk.run(&[], &KEYS).exited(1).reports(&[
        "error[aws::no-credentials]",
        "The provided token has expired. (ExpiredToken), HTTP 403",
        "help: renew `AWS_ACCESS_KEY_ID`",
    ]);
    desk.home(".aws/credentials", "[old]\naws_access_key_id = AKIAOLD\naws_secret_access_key = s3cret\n");
    desk.run(&["--profile", "old"], &[]).exited(1).reports(&["help: renew the keys of profile `old`"]);
}

#[test]
fn a_web_page_in_the_place_of_an_answer_is_seen_as_one() {
    for status in [200, 403, 502] {
        let desk = Desk::before(move |_| {
            Answer::new(status, "text/html; charset=utf-8", "<html><body>Sign in to the Wi-Fi</body></html>")
        });
        let run = desk.run(&[], &KEYS).exited(1);
        let run = run.reports(&[
            "error[aws::unreachable]",
            "the response is a web page, not from AWS",
            &format!("HTTP {status}"),
        ]);
        assert!(!run.stderr.contains("permissions"), "{}", run.stderr);
    }
}

#[test]
fn twice_verbose_shows_each_call_with_its_retries_and_no_secret() {
    let mut first = true;
    let desk = Desk::before(move |request| match request.action() {
        "GetCallerIdentity" if std::mem::take(&mut first) => Answer::new(
            503,
            "text/xml",
            "<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>",
        ),
        _ => aws(request).with("x-amzn-requestid", "id-of-answer"),
    });
    let address = format!("{}/v2/credentials/s3cret-id", desk.aws.http());
    let variables = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str()),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "s3cret-token"),
        ("AWS_MAX_ATTEMPTS", "3"),
    ];
    let run = desk.run(&["-vv"], &variables).succeeded();
    let lines: Vec<&str> = run.stderr.lines().filter(|line| line.ends_with(" ms")).map(str::trim).collect();
    let shown = |beginning: &str| lines.iter().any(|line| line.starts_with(beginning));
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(
        shown(&format!("GET (127.0.0.1:{}): HTTP 200, request id id-of-answer, ", desk.aws.port())),
        "{lines:#?}"
    );
    assert!(shown("sts GetCallerIdentity (sts.eu-west-1.amazonaws.com): HTTP 503, "), "{lines:#?}");
    assert!(
        shown("sts GetCallerIdentity (sts.eu-west-1.amazonaws.com, attempt 2 of 3): HTTP 200, request id "),
        "{lines:#?}"
    );
    assert!(
        shown("s3 GET / (pipectl-123456789012-eu-west-1-an.s3.eu-west-1.amazonaws.com): HTTP 200"),
        "{lines:#?}"
    );
    for secret in ["s3cret", "t0ken", "AKIA", "Signature"] {
        assert!(!run.stderr.contains(secret), "`{secret}` in {}", run.stderr);
    }
    // Data is unchanged, and so is the output with one `-v`.
    let run = desk.run(&["-vv", "--format", "json"], &with_keys(&[])).succeeded();
    assert_eq!(run.json()["version"], 1);
    for arguments in [&["-v"] as &[_], &[]] {
        let run = desk.run(arguments, &KEYS).succeeded();
        assert!(!run.stderr.contains(" ms\n"), "{}", run.stderr);
    }
    let run = desk.run(&["-vv"], &with_keys(&[("HTTPS_PROXY", "http://127.0.0.1:1")])).exited(1);
    run.reports(&["sts GetCallerIdentity (sts.eu-west-1.amazonaws.com): connection refused"]);
}
