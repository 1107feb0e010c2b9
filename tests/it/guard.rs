//! Guards run before the first call that could do harm.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;

use crate::cloud::{Cloud, Run, SPEC};

/// An AWS that only returns the caller's identity. Every request's text is sent to the channel.
fn identity_service() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let (sender, requests) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut text = String::new();
            let mut buffer = [0; 8192];
            // A form ends with its `Version` parameter.
            while !text.contains("Version=") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => text.push_str(&String::from_utf8_lossy(&buffer[..count])),
                }
            }
            let body = "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                <Arn>arn:aws:iam::111111111111:user/wrong</Arn><UserId>U</UserId><Account>111111111111</Account>\
                </GetCallerIdentityResult></GetCallerIdentityResponse>";
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            if sender.send(text).is_err() {
                return;
            }
        }
    });
    (endpoint, requests)
}

#[test]
fn another_account_is_refused_before_any_other_call() {
    let cloud = Cloud::new();
    let (endpoint, requests) = identity_service();
    let spec = format!("{SPEC}deploy: {{account: \"222222222222\", region: eu-west-1}}\n");
    let spec = cloud.write("pinned.yaml", &spec);
    for verb in ["apply", "plan", "destroy", "status", "send"] {
        let mut command = cloud.command(&[verb, spec.to_str().expect("UTF-8"), "--endpoint-url", &endpoint]);
        command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
        Run::of(command.output().expect("pipectl runs")).exited(4).reports(&[
            "error[guard::wrong-account]",
            "`111111111111`",
            "`222222222222`",
            "--profile",
        ]);
        let calls: Vec<String> = requests.try_iter().collect();
        assert_eq!(calls.len(), 1, "{verb}: {calls:?}");
        assert!(calls[0].contains("Action=GetCallerIdentity"), "{verb}: {calls:?}");
    }
}

#[test]
fn another_region_than_the_specs_is_refused_without_any_call() {
    let cloud = Cloud::new();
    let spec = cloud.write("pinned.yaml", &format!("{SPEC}deploy: {{region: eu-west-1}}\n"));
    cloud.run(&["apply", spec.to_str().expect("UTF-8"), "--region", "us-east-1"]).exited(4).reports(&[
        "error[guard::wrong-region]",
        "`eu-west-1`",
        "`us-east-1`",
    ]);
}

#[test]
fn without_credentials_the_error_names_the_sources_of_credentials() {
    let cloud = Cloud::new();
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{region: eu-west-1}}\n"));
    let mut command = cloud.command(&["status", spec.to_str().expect("UTF-8")]);
    command
        .env("HOME", cloud.path("empty"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", cloud.path("none"))
        .env("AWS_SHARED_CREDENTIALS_FILE", cloud.path("none"));
    Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
        "error[aws::no-credentials]",
        "aws sso login",
        "--local",
    ]);
}

#[test]
fn an_endpoint_that_does_not_answer_is_named() {
    let cloud = Cloud::new();
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{region: eu-west-1}}\n"));
    let mut command =
        cloud.command(&["status", spec.to_str().expect("UTF-8"), "--endpoint-url", "http://127.0.0.1:9"]);
    command.env("AWS_ACCESS_KEY_ID", "key").env("AWS_SECRET_ACCESS_KEY", "secret");
    Run::of(command.output().expect("pipectl runs"))
        .exited(1)
        .reports(&["error[aws::unreachable]", "--endpoint-url"]);
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    let cloud = Cloud::new();
    let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{region: eu-west-1}}\n"));
    cloud
        .run(&["status", spec.to_str().expect("UTF-8"), "--endpoint-url", "http://example.com"])
        .exited(4)
        .reports(&["not encrypted", "https://"]);
}
