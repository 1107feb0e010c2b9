//! Updates of the processor's code alone, without CloudFormation: live at once, recorded, and compared by later commands.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Run, SPEC};
use crate::scripted::{Answer, Request, Scripted};
use crate::tools::target;

/// A cloud whose first apply built the processor, and two programs: the same one, and one with other bytes.
struct Bench {
    cloud: Cloud,
    programs: [PathBuf; 2],
}

const DEPLOYED: usize = 0;
const OTHER: usize = 1;

impl Bench {
    fn run(&self, program: usize, verb: &str, more: &[&str]) -> Run {
        let spec = self.cloud.path("spec.yaml");
        let arguments = [&[verb, spec.to_str().expect("UTF-8"), "--local"], more].concat();
        let mut command = self.cloud.command(&arguments);
        Run::of(command.env("PIPECTL_PROCESSOR", &self.programs[program]).output().expect("pipectl runs"))
    }

    fn code(&self, qualifier: &str) -> Value {
        let path = format!("/2015-03-31/functions/walk-processor-test/configuration?Qualifier={qualifier}");
        self.cloud.request("GET", "lambda", &path, "")
    }

    /// The live version, and whether it and the function itself have the same code.
    fn live(&self) -> (Value, Value) {
        let (live, latest) = (self.code("live"), self.code("$LATEST"));
        assert_eq!(live["CodeSha256"], latest["CodeSha256"]);
        (live["Version"].clone(), live["CodeSha256"].clone())
    }

    fn history(&self) -> Value {
        self.cloud.local("history", &["--format", "json"]).succeeded().json()
    }
}

fn bench() -> Bench {
    let cloud = Cloud::new();
    let built = target("release/bootstrap");
    if !built.exists() {
        cloud.local("apply", &[]).succeeded();
    }
    let programs = ["one", "other"].map(|name| cloud.path(name));
    for program in &programs {
        std::fs::copy(&built, program).expect("a processor");
    }
    let mut other = std::fs::OpenOptions::new().append(true).open(&programs[OTHER]).expect("a file");
    other.write_all(b"another build").expect("a written file");
    Bench { cloud, programs }
}

#[test]
fn code_alone_is_live_and_recorded_and_the_next_apply_compares_it() {
    let bench = bench();
    let cloud = &bench.cloud;
    bench
        .run(DEPLOYED, "apply", &["--code-only"])
        .exited(1)
        .reports(&["error[stack::missing]", "pipectl apply"]);
    bench.run(DEPLOYED, "apply", &[]).succeeded();
    let (first, deployed) = bench.live();
    bench.run(DEPLOYED, "apply", &["--code-only"]).succeeded().reports(&["runs this code already"]);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();

    // Other changes than code are reported, and not made.
    cloud.write("spec.yaml", &SPEC.replace("max_receive_count: 2", "max_receive_count: 3"));
    let changed = bench.run(OTHER, "apply", &["--code-only"]).succeeded();
    changed.reports(&["code of walk-test changed", "version 2 is live", "in more than code (1 to modify)"]);
    cloud.write("spec.yaml", SPEC);
    let (version, other) = bench.live();
    assert_eq!(version, "2");
    assert_ne!(other, deployed);
    cloud.local("send", &["--count", "3", "--wait"]).succeeded();
    let history = bench.history();
    assert_eq!(
        history["applies"].as_array().map(Vec::len),
        Some(1),
        "a rollback does not take it for an apply"
    );
    assert_eq!(
        (&history["evidence"][0]["operation"], &history["evidence"][0]["complete"]),
        (&json!("apply --code-only"), &json!(true))
    );
    cloud.local("history", &[]).succeeded().prints(&["apply --code-only processor/", ".zip: code changed"]);

    // CloudFormation would see no change.
    cloud.local("drift", &["--detailed-exitcode"]).exited(2).prints(&["Processor", "Code"]);
    let plan = bench.run(DEPLOYED, "plan", &["--detailed-exitcode"]).exited(2);
    plan.prints(&["~ Processor", "code changed outside CloudFormation", "1 to modify"]);
    bench
        .run(DEPLOYED, "apply", &[])
        .succeeded()
        .reports(&["code changed outside CloudFormation", "updated walk-test"]);
    assert_eq!(bench.live(), (first.clone(), deployed.clone()));
    bench.run(DEPLOYED, "apply", &[]).succeeded().reports(&["no changes"]);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();

    // Settings that change with it are published with the deployed code.
    bench.run(OTHER, "apply", &["--code-only"]).succeeded();
    cloud.write("spec.yaml", &SPEC.replace("processor:\n", "processor:\n  memory_mb: 1024\n"));
    bench
        .run(DEPLOYED, "apply", &[])
        .succeeded()
        .reports(&["MemorySize: 512 → 1024", "code changed outside"]);
    let (version, code) = bench.live();
    assert_eq!((&code, &bench.code("live")["MemorySize"]), (&deployed, &json!(1024)));
    assert_ne!(version, first);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();

    // The running code becomes CloudFormation's.
    bench.run(OTHER, "apply", &["--code-only"]).succeeded();
    bench.run(OTHER, "apply", &[]).succeeded().reports(&["updated walk-test"]);
    assert_eq!(bench.live().1, other);
    bench.run(OTHER, "apply", &[]).succeeded().reports(&["no changes"]);
    // And a rollback returns to the previous apply.
    bench.run(DEPLOYED, "apply", &["--code-only"]).succeeded();
    cloud.local("rollback", &[]).succeeded().reports(&["updated walk-test"]);
    assert_eq!(bench.live().1, deployed);
    // Another user's change is also reverted.
    bench.run(OTHER, "apply", &["--code-only"]).succeeded();
    cloud.local("drift", &["--revert"]).succeeded().reports(&["~ Processor, its code"]);
    assert_eq!(bench.live().1, deployed);
    cloud.local("drift", &["--detailed-exitcode"]).succeeded();
    bench.run(OTHER, "apply", &["--code-only"]).succeeded();
    cloud.local("destroy", &[]).succeeded();
}

#[test]
fn an_interrupted_code_only_apply_continues_and_is_visible_meanwhile() {
    let bench = bench();
    let cloud = &bench.cloud;
    bench.run(DEPLOYED, "apply", &[]).succeeded();
    let (first, deployed) = bench.live();
    let proxy = crate::proxy::Proxy::before(cloud);
    // The function has the code, and the alias still points to the former version.
    proxy.judge(|call| match call.path.ends_with("/versions") {
        true => crate::proxy::Fate::Deny,
        false => crate::proxy::Fate::Pass,
    });
    bench.run(OTHER, "apply", &["--code-only"]).exited(1).reports(&["lambda:PublishVersion"]);
    proxy.judge(|_| crate::proxy::Fate::Pass);
    assert_eq!(bench.code("live")["CodeSha256"], deployed);
    assert_eq!(bench.history()["evidence"][0]["complete"], false);
    bench
        .run(DEPLOYED, "plan", &["--detailed-exitcode"])
        .exited(2)
        .prints(&["code changed outside CloudFormation"]);
    bench.run(OTHER, "apply", &["--code-only"]).succeeded().reports(&["version 2 is live"]);
    assert_ne!(bench.live().1, deployed);
    bench.run(DEPLOYED, "apply", &[]).succeeded();
    assert_eq!(bench.live(), (first, deployed));
}

const ACCOUNT: &str = "111122223333";

/// A stack in this state whose template has these settings for this architecture.
fn stack(status: &'static str, settings: Value, architecture: &'static str) -> Scripted {
    let template = json!({
        "Metadata": {"pipectl": {"version": "0.1.0"}},
        "Resources": {"Processor": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": "walk-processor-test", "Architectures": [architecture],
            "Environment": {"Variables": {"PIPELINE_CONFIG": settings.to_string()}}}}},
    });
    Scripted::new(move |request: &Request| match request.action() {
        "GetCallerIdentity" => Answer::xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn>\
             <Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "DescribeStacks" => Answer::xml(format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>walk-test</StackName>\
             <StackId>arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/walk-test/1</StackId>\
             <StackStatus>{status}</StackStatus><CreationTime>2026-11-27T10:00:00Z</CreationTime></member></Stacks>\
             </DescribeStacksResult></DescribeStacksResponse>"
        )),
        "GetTemplate" => {
            let body = template.to_string().replace('&', "&amp;").replace('<', "&lt;");
            Answer::xml(format!(
                "<GetTemplateResponse><GetTemplateResult><TemplateBody>{body}</TemplateBody></GetTemplateResult>\
                 </GetTemplateResponse>"
            ))
        }
        _ => Answer::xml("<ErrorResponse><Error><Code>Scripted</Code></Error></ErrorResponse>").status(400),
    })
}

#[test]
fn guards_stand_before_any_change_of_code() {
    let cloud = Cloud::new();
    let run = |services: &Scripted, spec: &str| {
        let path = cloud.write("guarded.yaml", spec);
        let endpoint = services.http();
        let arguments =
            ["apply", path.to_str().expect("UTF-8"), "--code-only", "--yes", "--endpoint-url", &endpoint];
        let mut command = cloud.command(&arguments);
        command
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_REGION", "us-east-1")
            .env("PIPECTL_PROCESSOR", cloud.path("none"));
        let run = Run::of(command.output().expect("pipectl runs"));
        let changes: Vec<Request> =
            services.taken().into_iter().filter(|request| request.path.contains("/functions/")).collect();
        assert!(changes.is_empty(), "Lambda is not called: {changes:?}");
        run
    };
    let version = |version: u32| json!({"version": version});
    let busy = stack("UPDATE_IN_PROGRESS", version(2), "arm64");
    run(&busy, SPEC).exited(5).reports(&["error[stack::busy]", "UPDATE_IN_PROGRESS"]);
    let newer = stack("UPDATE_COMPLETE", version(99), "arm64");
    run(&newer, SPEC).exited(4).reports(&[
        "error[guard::code-only]",
        "cannot read the deployed settings",
        "99",
    ]);
    let other = stack("UPDATE_COMPLETE", version(2), "x86_64");
    run(&other, SPEC).exited(4).reports(&[
        "error[guard::code-only]",
        "runs on x86_64",
        "`processor.architecture: arm64`",
    ]);

    let production =
        format!("{SPEC}deploy: {{production: true, account: \"{ACCOUNT}\", region: us-east-1}}\n")
            .replace("visibility_timeout_seconds: 3", "visibility_timeout_seconds: 18")
            .replace("max_receive_count: 2", "max_receive_count: 5")
            + "alarms: {notify: [ops@example.com]}\n";
    run(&other, &production).exited(4).reports(&[
        "error[guard::production]",
        "no change set, canary or rollback",
        "run `pipectl apply",
    ]);
    assert!(other.taken().is_empty(), "nothing is called for it");
    let elsewhere = format!("{SPEC}deploy: {{account: \"222222222222\"}}\n");
    run(&other, &elsewhere).exited(4).reports(&["error[guard::wrong-account]"]);
    let region = format!("{SPEC}deploy: {{region: eu-west-1}}\n");
    run(&other, &region).exited(4).reports(&["error[guard::wrong-region]"]);

    let spec = cloud.path("spec.yaml");
    let spec = spec.to_str().expect("UTF-8");
    cloud
        .run(&["apply", spec, spec, "--code-only"])
        .exited(64)
        .reports(&["`--code-only` works with one spec"]);
    for flag in ["--express", "--verify"] {
        cloud.run(&["apply", spec, "--code-only", flag]).exited(64).reports(&["--code-only", flag]);
    }
}
