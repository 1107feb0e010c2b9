//! The zip in its bucket: which bytes are deployed, whatever is stored under their name, and whose bucket it is.

use pipectl::aws::{ArtifactStore, Clients, Content, Settings};
use serde_json::Value;

use crate::cloud::{Cloud, Run, SPEC, send};
use crate::proxy::{Fate, Proxy};

const FUNCTION: &str = "/2015-03-31/functions/walk-processor-test";

pub(crate) fn store() -> ArtifactStore {
    ArtifactStore::own("000000000000", "us-east-1", Default::default())
}

/// S3's answer to a call without pipectl.
pub(crate) fn s3(cloud: &Cloud, method: &str, path: &str, body: &str) -> String {
    let signed = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request";
    let kind = format!("application/xml\r\nAuthorization: {signed}");
    send(&cloud.direct_endpoint(), method, path, &kind, body)
}

/// Puts bytes under the name of a zip, as after a broken upload or by another user.
pub(crate) fn put(cloud: &Cloud, name: &str, bytes: Vec<u8>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let endpoint = Some(cloud.direct_endpoint());
        let clients = Clients::new(Settings { endpoint, local: true, ..Settings::default() }).await;
        let content = Content { sha256: pipectl::package::checksum(&bytes), bytes };
        let stored = clients.expect("clients").upload_artifact(&store(), name, content, &[]).await;
        stored.expect("an upload").version.expect("a version")
    })
}

fn object(cloud: &Cloud, path: &str) -> Vec<u8> {
    cloud.front().upstream.object(path).expect("an object")
}

fn flipped(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

/// Base64 of the SHA-256 of the function's code, and the number of its versions.
pub(crate) fn deployed(cloud: &Cloud) -> (String, usize) {
    let function = cloud.request("GET", "lambda", FUNCTION, "");
    let versions = cloud.request("GET", "lambda", &format!("{FUNCTION}/versions"), "");
    let digest = function["Configuration"]["CodeSha256"].as_str().expect("a digest").to_owned();
    (digest, versions["Versions"].as_array().expect("versions").len())
}

/// The deployed value of a stack parameter; empty if there is none.
pub(crate) fn parameter(cloud: &Cloud, name: &str) -> String {
    let stacks = cloud.call("cloudformation", &[("Action", "DescribeStacks"), ("StackName", "walk-test")]);
    let key = format!("<ParameterKey>{name}</ParameterKey><ParameterValue>");
    let value = stacks.split_once(&key).and_then(|(_, remainder)| remainder.split_once('<'));
    value.map(|(value, _)| value.to_owned()).unwrap_or_default()
}

/// An apply with another processor: the same program with a few bytes appended.
pub(crate) fn apply_other(cloud: &Cloud, more: &str) -> Run {
    let bootstrap = cloud.path("bootstrap");
    let mut bytes = std::fs::read(crate::tools::target("release/bootstrap")).expect("a processor");
    bytes.extend(more.bytes());
    std::fs::write(&bootstrap, bytes).expect("a written file");
    let spec = cloud.path("spec.yaml");
    let mut apply = cloud.command(&["apply", spec.to_str().expect("UTF-8"), "--local"]);
    apply.env("PIPECTL_PROCESSOR", &bootstrap);
    Run::of(apply.output().expect("pipectl runs"))
}

fn memory(megabytes: u32) -> String {
    SPEC.replace("processor:\n", &format!("processor:\n  memory_mb: {megabytes}\n"))
}

#[test]
fn other_bytes_under_the_name_of_the_zip_are_not_deployed() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let (right, versions) = deployed(&cloud);
    let (name, version) = (parameter(&cloud, "ArtifactKey"), parameter(&cloud, "ArtifactVersion"));
    let path = format!("/{}/{name}", store().bucket);
    assert_eq!(pipectl::package::checksum_of(&name), Some(right.clone()));
    assert_ne!(version, "");

    // The deployed version still exists: nothing changes, and the next change deploys it again.
    let bytes = object(&cloud, &path);
    put(&cloud, &name, flipped(bytes.clone()));
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();
    cloud.write("spec.yaml", &memory(1024));
    cloud.local("apply", &[]).succeeded().reports(&["is already in pipectl-000000000000-us-east-1-an"]);
    assert_eq!(deployed(&cloud), (right.clone(), versions + 1));
    assert_eq!(parameter(&cloud, "ArtifactVersion"), version);

    // It was deleted: the right bytes are uploaded again, in the same version of the function.
    s3(&cloud, "DELETE", &format!("{path}?versionId={version}"), "");
    let plan = cloud.local("plan", &["--detailed-exitcode"]).exited(2);
    plan.prints(&["Code.S3ObjectVersion", "known after the upload", "the processor's code"]);
    cloud.local("apply", &[]).succeeded().reports(&["uploaded to"]);
    assert_eq!(deployed(&cloud), (right.clone(), versions + 1));
    assert_eq!(object(&cloud, &path), bytes);

    // The same bytes again are not a change, and no new version of the function.
    put(&cloud, &name, flipped(bytes.clone()));
    put(&cloud, &name, bytes);
    cloud.local("plan", &["--detailed-exitcode"]).succeeded();
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    assert_eq!(deployed(&cloud), (right, versions + 1));
}

#[test]
fn a_bucket_of_before_gets_versions_and_a_broken_upload_in_it_is_replaced() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let (name, (right, _)) = (parameter(&cloud, "ArtifactKey"), deployed(&cloud));
    cloud.local("destroy", &["--yes"]).succeeded();

    let other = Cloud::new();
    other.run(&["local", "up"]).succeeded();
    let bucket = format!("/{}", store().bucket);
    s3(&other, "PUT", &bucket, "");
    let rule = |id: &str, prefix: &str| {
        format!(
            "<Rule><ID>{id}</ID><Filter><Prefix>{prefix}</Prefix></Filter><Status>Enabled</Status>\
             <Expiration><Days>365</Days></Expiration></Rule>"
        )
    };
    let rules = [rule("unused", ""), rule("theirs", "logs/")].concat();
    let lifecycle = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    s3(&other, "PUT", &format!("{bucket}?lifecycle"), &lifecycle);
    s3(&other, "PUT", &format!("{bucket}/{name}"), "PK, and then it broke off");

    other.write("spec.yaml", &format!("{SPEC}deploy: {{tags: {{team: logistics}}}}\n"));
    other.local("apply", &[]).succeeded().reports(&["uploaded to"]);
    assert_eq!(deployed(&other).0, right);
    assert!(s3(&other, "GET", &format!("{bucket}?versioning"), "").contains("<Status>Enabled</Status>"));
    let rules = s3(&other, "GET", &format!("{bucket}?lifecycle"), "");
    assert!(rules.contains("theirs") && !rules.contains("unused"), "{rules}");
    let tags = s3(&other, "GET", &format!("{bucket}?tagging"), "");
    assert!(tags.contains("<Key>team</Key><Value>logistics</Value>"), "{tags}");
    // Nothing that a stack or a rollback needs expires.
    for rule in rules.split("<Rule>").skip(1).filter(|rule| rule.contains("Expiration")) {
        assert!(rule.contains("templates/") || rule.contains("logs/"), "{rule}");
    }
    other.local("apply", &[]).succeeded().reports(&["no changes"]);
}

#[test]
fn a_rollback_deploys_the_bytes_of_the_record_or_nothing() {
    let cloud = Cloud::new();
    apply_other(&cloud, "first").succeeded();
    let (first, _) = deployed(&cloud);
    let (name, version) = (parameter(&cloud, "ArtifactKey"), parameter(&cloud, "ArtifactVersion"));
    apply_other(&cloud, "second").succeeded();
    let (second, _) = deployed(&cloud);
    assert_ne!(first, second);

    let path = format!("/{}/{name}", store().bucket);
    let bytes = object(&cloud, &path);
    put(&cloud, &name, flipped(bytes.clone()));
    s3(&cloud, "DELETE", &format!("{path}?versionId={version}"), "");
    cloud
        .local("rollback", &[])
        .exited(1)
        .reports(&["the processor of that version no longer exists", "has different content"]);
    assert_eq!(deployed(&cloud).0, second);

    let version = put(&cloud, &name, bytes);
    cloud.local("rollback", &[]).succeeded();
    assert_eq!((deployed(&cloud).0, parameter(&cloud, "ArtifactVersion")), (first, version));
}

/// A deployment of an older pipectl: templates that name no object version, and records of them.
#[test]
fn a_record_without_a_version_can_be_rolled_back_to() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "stack", "processor", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    let rewrite = |file: &str, change: &dyn Fn(&str) -> String| {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).expect("a template");
        std::fs::write(path, change(&text)).expect("a written file");
    };
    rewrite("stack.yaml.j2", &|text| {
        let (before, remainder) = text.split_once("{% set pins_artifact = true %}").expect("a line");
        let (_, after) = remainder.split_once("Default: \"null\"\n").expect("a parameter");
        format!("{before}{after}")
    });
    let own = "deploy: {templates: templates}\n";
    cloud.write("spec.yaml", &format!("{SPEC}{own}"));
    apply_other(&cloud, "first").succeeded();
    let (first, _) = deployed(&cloud);
    assert_eq!(parameter(&cloud, "ArtifactVersion"), "");
    let name = parameter(&cloud, "ArtifactKey");

    // The upgrade alone creates no version of the function.
    cloud.write("spec.yaml", SPEC);
    let (_, versions) = deployed(&cloud);
    apply_other(&cloud, "first").succeeded();
    assert_eq!(deployed(&cloud), (first.clone(), versions));
    assert_ne!(parameter(&cloud, "ArtifactVersion"), "");
    cloud.write("spec.yaml", &memory(1024));
    apply_other(&cloud, "second").succeeded();
    assert_ne!(deployed(&cloud).0, first);

    let path = format!("/{}/{name}", store().bucket);
    let bytes = object(&cloud, &path);
    put(&cloud, &name, flipped(bytes.clone()));
    cloud.local("rollback", &["--to", "2"]).exited(1).reports(&["has different content"]);
    put(&cloud, &name, bytes);
    cloud.local("rollback", &["--to", "2"]).succeeded().reports(&["MemorySize: 1024 → 512"]);
    assert_eq!((deployed(&cloud).0, parameter(&cloud, "ArtifactVersion")), (first, String::new()));

    // Custom templates that name no version are still deployed, and a second apply changes nothing.
    cloud.write("spec.yaml", &format!("{SPEC}{own}"));
    apply_other(&cloud, "first").succeeded().reports(&["no changes"]);
    std::fs::remove_file(folder.join("stack.yaml.j2")).expect("a file");
    rewrite("processor.yaml.j2", &|text| {
        let (before, remainder) = text.split_once("{% if pins_artifact is defined %}").expect("a line");
        let (_, after) = remainder.split_once("{% endif %}\n").expect("an end");
        format!("{before}{after}")
    });
    apply_other(&cloud, "third").succeeded();
    apply_other(&cloud, "third").succeeded().reports(&["no changes"]);
}

#[test]
fn a_given_bucket_is_used_and_never_made_or_configured() {
    let cloud = Cloud::new();
    let given = format!("{SPEC}deploy: {{artifacts: {{bucket: acme-artifacts, prefix: logistics/}}}}\n");
    cloud.write("spec.yaml", &given);
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::before(&cloud);
    // Calls that would create or configure a bucket are blocked.
    proxy.judge(|call| {
        let parts = call.path.split('/').filter(|part| !part.is_empty()).count();
        if call.service == "s3" && call.mutates && parts < 2 { Fate::Lose } else { Fate::Pass }
    });
    for verb in ["plan", "apply"] {
        let refused = cloud.local(verb, &[]).exited(4);
        refused.reports(&[
            "error[guard::artifact-bucket]",
            "`acme-artifacts` does not exist",
            "deploy.artifacts.bucket",
        ]);
    }
    s3(&cloud, "PUT", "/acme-artifacts", "");
    let refused = cloud.local("apply", &[]).exited(4);
    refused.reports(&["has no versioning", "aws s3api put-bucket-versioning --bucket acme-artifacts"]);
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    s3(&cloud, "PUT", "/acme-artifacts?versioning", enabled);

    cloud.local("apply", &[]).succeeded().reports(&["uploaded to acme-artifacts"]);
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    let (first, _) = deployed(&cloud);
    apply_other(&cloud, "second").succeeded();
    let listed = s3(&cloud, "GET", "/acme-artifacts?list-type=2", "");
    let keys: Vec<&str> =
        listed.split("<Key>").skip(1).filter_map(|remainder| remainder.split('<').next()).collect();
    assert!(keys.iter().any(|key| key.starts_with("logistics/processor/")), "{keys:?}");
    assert!(keys.iter().any(|key| key.starts_with("logistics/stacks/walk-test/")), "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("logistics/")), "{keys:?}");
    let output: Value = cloud.local("history", &["--format", "json"]).succeeded().json();
    assert_eq!(output["applies"].as_array().map(Vec::len), Some(2));
    cloud.local("rollback", &[]).succeeded();
    assert_eq!(deployed(&cloud).0, first);
    let sent = cloud.local("send", &["--count", "20", "--wait", "--format", "json"]).succeeded().json();
    assert_eq!(sent["rows"], 20);
    let others =
        proxy.taken().into_iter().filter(|call| call.service == "s3" && call.path.contains("/pipectl-"));
    assert_eq!(others.count(), 0);
}

/// Another bucket or prefix is another location of the same code, which Lambda would not publish again.
#[test]
fn the_same_code_from_another_bucket_is_the_same_version() {
    let cloud = Cloud::new();
    cloud.local("apply", &[]).succeeded();
    let before = deployed(&cloud);
    s3(&cloud, "PUT", "/acme-artifacts", "");
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    s3(&cloud, "PUT", "/acme-artifacts?versioning", enabled);
    let given = format!("{SPEC}deploy: {{artifacts: {{bucket: acme-artifacts, prefix: logistics/}}}}\n");
    cloud.write("spec.yaml", &given);
    cloud.local("apply", &[]).succeeded().reports(&["uploaded to acme-artifacts", "updated walk-test"]);
    assert_eq!(deployed(&cloud), before);
    assert_eq!(parameter(&cloud, "ArtifactPrefix"), "logistics/");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
}

/// A copy of pipectl's template from before prefixes finds the zip by its key alone.
#[test]
fn a_copy_that_knows_no_prefix_makes_no_version_of_the_function_of_it() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "stack", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    let path = folder.join("stack.yaml.j2");
    let text = std::fs::read_to_string(&path).expect("a copy");
    let (before, remainder) = text.split_once("{% if artifact_prefix %}").expect("a condition");
    let (_, after) = remainder.split_once("{% endif %}\n").expect("its end");
    std::fs::write(&path, format!("{before}{after}")).expect("a written file");
    let with =
        |more: &str| cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates{more}}}\n"));
    with("");
    cloud.local("apply", &[]).succeeded();
    let before = deployed(&cloud);
    let key = parameter(&cloud, "ArtifactKey");

    s3(&cloud, "PUT", "/acme-artifacts", "");
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    s3(&cloud, "PUT", "/acme-artifacts?versioning", enabled);
    for prefix in ["logistics/", "logistics/processor/"] {
        with(&format!(", artifacts: {{bucket: acme-artifacts, prefix: {prefix}}}"));
        let plan = cloud.local("plan", &["--format", "json"]).succeeded().json_document();
        let changed: Vec<&str> = plan["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .filter_map(|change| change["logical_id"].as_str())
            .collect();
        assert_eq!(changed, ["Processor"], "{plan}");
        cloud.local("apply", &[]).succeeded().reports(&["uploaded to acme-artifacts", "updated walk-test"]);
        assert_eq!(deployed(&cloud), before);
        assert_eq!(
            (parameter(&cloud, "ArtifactKey"), parameter(&cloud, "ArtifactPrefix")),
            (key.clone(), prefix.to_owned())
        );
        let listed = s3(&cloud, "GET", "/acme-artifacts?list-type=2", "");
        assert!(listed.contains(&format!("<Key>{prefix}{key}</Key>")), "{listed}");
        cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    }
    // Without the copy the version is still the same.
    cloud.write(
        "spec.yaml",
        &format!("{SPEC}deploy: {{artifacts: {{bucket: acme-artifacts, prefix: logistics/processor/}}}}\n"),
    );
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);
    assert_eq!(deployed(&cloud), before);
}

/// S3 requires 15 minutes between enabling versions and the first write.
#[test]
fn a_zip_that_got_no_version_is_not_deployed_and_the_next_apply_gets_one() {
    let cloud = Cloud::new();
    cloud.run(&["local", "up"]).succeeded();
    let proxy = Proxy::before(&cloud);
    let is_zip = |call: &crate::proxy::Call| call.service == "s3" && call.path.contains("/processor/");
    proxy.judge(move |call| if is_zip(call) { Fate::Unversioned } else { Fate::Pass });
    let refused = cloud.local("apply", &[]).exited(1);
    refused.reports(&["S3 gave the zip in", "no version", "run the same command again in a few minutes"]);
    let made = proxy.taken().into_iter().any(|call| call.name == "CreateChangeSet");
    assert!(!made, "nothing is deployed that names no version");
    cloud.local("status", &[]).exited(1).reports(&["error[stack::missing]"]);

    // An object written without a version never gets one: it is written again.
    let mut written = false;
    proxy.judge(move |call| {
        written |= is_zip(call) && call.method == "PUT";
        if is_zip(call) && !written { Fate::Unversioned } else { Fate::Pass }
    });
    cloud.local("apply", &[]).succeeded().reports(&["uploaded to"]);
    assert_ne!(parameter(&cloud, "ArtifactVersion"), "null");
    cloud.local("apply", &[]).succeeded().reports(&["no changes"]);

    // The same for an update: the running version stays in use.
    let (first, versions) = deployed(&cloud);
    proxy.judge(move |call| if is_zip(call) { Fate::Unversioned } else { Fate::Pass });
    apply_other(&cloud, "second").exited(1).reports(&["no version"]);
    assert_eq!(deployed(&cloud), (first, versions));
}
