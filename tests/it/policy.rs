//! The policy that `pipectl permissions` prints: its content, its limits, and the template with the role that a workflow
//! assumes.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use pipectl::permissions::{CALLS, MANAGED_CHARACTERS};
use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::tools::target;

const LOCATION: &str = "deploy:\n  account: \"123456789012\"\n  region: eu-west-1\n";
const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/boundary";

fn spec(deploy: &str) -> String {
    format!("{SPEC}{LOCATION}{deploy}")
}

/// The printed document.
fn document(cloud: &Cloud, spec: &str, more: &[&str]) -> Value {
    let path = cloud.write("made.yaml", spec);
    let mut arguments = vec!["permissions", path.to_str().expect("UTF-8"), "--format", "json"];
    arguments.extend(more);
    cloud.run(&arguments).succeeded().json_document()
}

fn listed(value: &Value) -> Vec<&str> {
    match value {
        Value::String(one) => vec![one],
        list => list.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    }
}

fn statements(document: &Value) -> &Vec<Value> {
    document["Statement"].as_array().expect("statements")
}

fn actions(document: &Value) -> BTreeSet<&str> {
    statements(document).iter().flat_map(|statement| listed(&statement["Action"])).collect()
}

/// Statements that allow or deny an action.
fn of<'a>(document: &'a Value, action: &str) -> Vec<&'a Value> {
    statements(document).iter().filter(|one| listed(&one["Action"]).contains(&action)).collect()
}

#[test]
fn every_operation_in_the_code_is_in_the_table() {
    let clients = [
        "cloudformation",
        "cloudwatch",
        "dynamodb",
        "eventbridge",
        "lambda",
        "s3",
        "sqs",
        "sts",
        "kms",
        "logs",
        "sns",
        "iam",
    ];
    let known: BTreeSet<&str> = CALLS.iter().map(|call| call.operation).collect();
    let needed: BTreeSet<&str> =
        CALLS.iter().flat_map(|call| call.actions.split_whitespace().chain([call.operation])).collect();
    let mut seen = 0;
    for entry in std::fs::read_dir("src/aws").expect("the calls") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("text");
        let whole: String = text.split_whitespace().collect::<Vec<_>>().join("");
        for client in clients {
            for (at, _) in whole.match_indices(&format!("self.{client}.")) {
                let remainder = &whole[at + client.len() + 6..];
                let Some((name, _)) = remainder.split_once("()") else { continue };
                let camel: String =
                    name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
                let service = if client == "eventbridge" { "events" } else { client };
                let operation = format!("{service}:{camel}");
                assert!(known.contains(operation.as_str()), "{} calls {operation}", path.display());
                seen += 1;
            }
        }
        // The action that an error names has IAM's name.
        for (at, _) in whole.match_indices("call_error(\"") {
            let action = whole[at + 12..].split('"').next().unwrap_or_default();
            assert!(needed.contains(action), "{} names {action}", path.display());
        }
        for (at, _) in whole.match_indices("operation=\"") {
            let action = whole[at + 11..].split('"').next().unwrap_or_default();
            assert!(needed.contains(action), "{} names {action}", path.display());
        }
    }
    assert!(seen > 40, "{seen} calls");
}

#[test]
fn every_type_of_the_templates_is_known_and_a_foreign_one_is_named() {
    let cloud = Cloud::new();
    for file in ["dev", "prod", "reference"] {
        let path = format!("specs/{file}.yaml");
        // The others only name their region.
        let account: &[&str] = if file == "prod" { &[] } else { &["--account", "123456789012"] };
        let run = cloud.run(&[&["permissions", &path], account].concat());
        assert!(!run.succeeded().stderr.contains("not covered"), "{file}");
    }
    cloud.write("more.yaml", "Resources:\n  Bucket: {Type: \"AWS::S3::Bucket\"}\n");
    let path = cloud.write("made.yaml", &spec("  extra: [more.yaml]\nencryption: stack_key\n"));
    cloud
        .run(&["permissions", path.to_str().expect("UTF-8")])
        .succeeded()
        .reports(&["not covered   what CloudFormation calls for AWS::S3::Bucket", "describe-type"]);
}

#[test]
fn the_policy_names_what_is_the_specs_and_nothing_else() {
    let cloud = Cloud::new();
    let document = document(&cloud, &spec(""), &[]);
    assert_eq!(document["Version"], "2012-10-17");
    let mut sids = BTreeSet::new();
    // Actions without resources in IAM, or that list.
    let on_everything = [
        "cloudformation:BatchDescribeTypeConfigurations",
        "cloudformation:DescribeStackDriftDetectionStatus",
        "cloudformation:DescribeStackResources",
        "cloudformation:ListStacks",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "lambda:CreateEventSourceMapping",
        "lambda:GetAccountSettings",
        "lambda:ListEventSourceMappings",
        "logs:DescribeIndexPolicies",
        "events:ListReplays",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    ];
    for statement in statements(&document) {
        assert_eq!(statement["Effect"], "Allow");
        let sid = statement["Sid"].as_str().expect("a name");
        assert!(sid.chars().all(char::is_alphanumeric) && sids.insert(sid), "{sid}");
        for action in listed(&statement["Action"]) {
            assert!(!action.contains('*') && action.split(':').count() == 2, "{action}");
            for arn in listed(&statement["Resource"]) {
                if arn == "*" {
                    assert!(on_everything.contains(&action), "{action} on everything");
                    continue;
                }
                let ours = [
                    "walk-test",
                    "walk-",
                    "pipectl-",
                    "/aws/lambda/walk-processor-test",
                    "event-source-mapping:*",
                ];
                assert!(ours.iter().any(|name| arn.contains(name)), "{action} on {arn}");
                assert!(arn.starts_with("arn:aws:"), "{arn}");
                assert!(
                    arn.contains(":123456789012:")
                        || arn.starts_with("arn:aws:s3:::pipectl-123456789012-eu-west-1-an"),
                    "{arn}"
                );
            }
        }
    }
    let on_everything: BTreeSet<&str> = on_everything.into();
    let given = statements(&document).iter().filter(|one| one["Resource"] == "*");
    assert_eq!(given.flat_map(|one| listed(&one["Action"])).collect::<BTreeSet<_>>(), on_everything);
    // The stack is named in the call, so that no other stack's change sets are in reach.
    for action in ["DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet"] {
        for statement in of(&document, &format!("cloudformation:{action}")) {
            let stack = "arn:aws:cloudformation:eu-west-1:123456789012:stack/walk-test/*";
            assert_eq!(listed(&statement["Resource"]), [stack], "{action}");
        }
    }
    // No statement allows actions that would destroy more than a stack.
    for never in [
        "s3:DeleteObject",
        "s3:DeleteBucket",
        "s3:DeleteObjectVersion",
        "sqs:PurgeQueue",
        "iam:DeleteRolePermissionsBoundary",
        "cloudformation:CreateStack",
        "kms:CreateKey",
    ] {
        assert!(of(&document, never).is_empty(), "{never}");
    }
    assert_eq!(
        of(&document, "iam:PassRole")[0]["Condition"]["StringEquals"]["iam:PassedToService"],
        "lambda.amazonaws.com"
    );
}

#[test]
fn a_nested_stack_is_read_before_it_is_deleted() {
    let cloud = Cloud::new();
    let url = "https://example.com/inner.yaml";
    let nested = json!({"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}});
    cloud.write("more.yaml", &nested.to_string());
    let stack = |name: &str| format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/*");
    for (text, expected) in [
        ("  extra: [more.yaml]\n", vec![stack("walk-test"), stack("walk-test-Inner-*")]),
        ("", vec![stack("walk-test")]),
    ] {
        let destroy = document(&cloud, &spec(text), &["--command", "destroy"]);
        let read = of(&destroy, "cloudformation:ListStackResources");
        let read: BTreeSet<&str> = read.iter().flat_map(|one| listed(&one["Resource"])).collect();
        assert_eq!(read, expected.iter().map(String::as_str).collect());
    }
}

#[test]
fn one_team_cannot_reach_anothers_records() {
    let cloud = Cloud::new();
    let document = document(&cloud, &spec(""), &[]);
    for action in ["s3:PutObject", "s3:GetObject"] {
        for statement in of(&document, action) {
            for arn in listed(&statement["Resource"]) {
                let keys = arn.strip_prefix("arn:aws:s3:::pipectl-123456789012-eu-west-1-an/").expect("keys");
                assert!(
                    ["stacks/walk-test/*", "processor/*", "templates/*"].contains(&keys),
                    "{action} {keys}"
                );
            }
        }
    }
    let list = of(&document, "s3:ListBucket");
    assert_eq!(list[0]["Condition"], json!({"StringLikeIfExists": {"s3:prefix": "stacks/walk-test/*"}}));
}

#[test]
fn a_given_bucket_is_used_below_its_prefix_and_not_configured() {
    let cloud = Cloud::new();
    let key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let artifacts = format!("artifacts: {{bucket: acme-artifacts, prefix: logistics/, kms_key: {key}}}");
    let document = document(&cloud, &spec(&format!("  {artifacts}\n")), &[]);
    let bucket = "arn:aws:s3:::acme-artifacts";
    for action in ["s3:PutObject", "s3:GetObject", "s3:GetObjectVersion"] {
        for statement in of(&document, action) {
            for arn in listed(&statement["Resource"]) {
                let keys = arn.strip_prefix(&format!("{bucket}/logistics/")).expect("keys");
                assert!(
                    ["stacks/walk-test/*", "processor/*", "templates/*"].contains(&keys),
                    "{action} {keys}"
                );
            }
        }
    }
    let list = of(&document, "s3:ListBucket");
    let below = json!({"StringLikeIfExists": {"s3:prefix": "logistics/stacks/walk-test/*"}});
    assert_eq!((&list[0]["Condition"], &list[0]["Resource"]), (&below, &json!(bucket)));
    let all: Vec<&str> = actions(&document).into_iter().filter(|action| action.starts_with("s3:")).collect();
    let few = ["GetBucketVersioning", "GetObject", "GetObjectVersion", "ListBucket", "PutObject"];
    assert_eq!(all, few.map(|name| format!("s3:{name}")));
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] {
        let names_it = |statement: &&Value| listed(&statement["Resource"]).contains(&key);
        assert!(of(&document, action).iter().any(names_it), "{action}");
    }

    // With a service role, Lambda reads the zip as that role.
    let role = "  role_arn: arn:aws:iam::123456789012:role/deployer\n";
    let text = spec(&format!("  {artifacts}\n{role}"));
    let service = self::document(&cloud, &text, &["--service-role"]);
    assert!(of(&service, "kms:Decrypt").iter().any(|one| listed(&one["Resource"]).contains(&key)));

    // pipectl's own bucket is tagged if there are tags, and only then.
    let tagged = self::document(&cloud, &spec("  tags: {team: logistics}\n"), &[]);
    assert!(actions(&tagged).contains("s3:PutBucketTagging"));
    assert!(!actions(&self::document(&cloud, &spec(""), &[])).contains("s3:PutBucketTagging"));
}

#[test]
fn a_command_needs_no_more_than_its_own() {
    let cloud = Cloud::new();
    let send = document(&cloud, &spec(""), &["--command", "send"]);
    let needed = [
        "cloudformation:DescribeStacks",
        "cloudformation:ListStackResources",
        "dynamodb:BatchGetItem",
        "events:DescribeEventBus",
        "events:PutEvents",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
    ];
    assert_eq!(actions(&send).into_iter().collect::<Vec<_>>(), needed);
    // Drift detection reads every resource and changes none.
    let drift = document(&cloud, &spec(""), &["--command", "drift"]);
    for action in actions(&drift) {
        let (_, verb) = action.split_once(':').expect("a verb");
        let reads = ["Describe", "Get", "List", "Detect", "BatchDescribe"];
        assert!(reads.iter().any(|start| verb.starts_with(start)), "{action}");
    }
    let path = cloud.path("made.yaml");
    cloud
        .run(&["permissions", path.to_str().expect("UTF-8"), "--command", "send"])
        .succeeded()
        .reports(&["made.yaml --command send --format json  # prints the policy document"]);
    let both = document(&cloud, &spec(""), &["--command", "send,drift"]);
    assert!(actions(&both).is_superset(&actions(&send)) && actions(&both).is_superset(&actions(&drift)));
    cloud
        .run(&["permissions", "made.yaml", "--command", "validate"])
        .exited(64)
        .reports(&["possible values", "apply"]);
}

#[test]
fn roles_are_made_only_under_the_boundary() {
    let cloud = Cloud::new();
    let with = document(&cloud, &spec(&format!("  permissions_boundary: {BOUNDARY}\n")), &[]);
    for action in ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"] {
        let allowed: Vec<&Value> =
            of(&with, action).into_iter().filter(|one| one["Effect"] == "Allow").collect();
        assert!(!allowed.is_empty(), "{action}");
        for statement in allowed {
            assert_eq!(
                statement["Condition"]["StringEquals"]["iam:PermissionsBoundary"], BOUNDARY,
                "{action}"
            );
        }
    }
    let requests = json!([
        ["iam:CreateRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PermissionsBoundary", BOUNDARY)])],
        ["iam:CreateRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[])],
        ["iam:CreateRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess")])],
        ["iam:CreateRole", "arn:aws:iam::123456789012:role/other-ProcessorRole-X", through(&[("iam:PermissionsBoundary", BOUNDARY)])],
        ["iam:CreateRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", {"iam:PermissionsBoundary": BOUNDARY}],
        ["iam:PutRolePolicy", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[])],
        ["iam:DeleteRolePermissionsBoundary", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PermissionsBoundary", BOUNDARY)])],
        ["iam:PutRolePermissionsBoundary", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PermissionsBoundary", "arn:aws:iam::aws:policy/AdministratorAccess")])],
        ["iam:PutRolePermissionsBoundary", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PermissionsBoundary", BOUNDARY)])],
        ["iam:CreatePolicyVersion", BOUNDARY, {}],
        ["iam:PassRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PassedToService", "lambda.amazonaws.com")])],
        ["iam:PassRole", "arn:aws:iam::123456789012:role/walk-test-ProcessorRole-X", through(&[("iam:PassedToService", "ec2.amazonaws.com")])],
        ["dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/walk-test", through(&[])],
        ["dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:123456789012:table/walk-test", {}],
        ["lambda:UpdateEventSourceMapping", "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:x", {"lambda:FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:walk-processor-test:live"}],
        ["lambda:UpdateEventSourceMapping", "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:x", {"lambda:FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:other:live"}],
        ["s3:ListBucket", "arn:aws:s3:::pipectl-123456789012-eu-west-1-an", {"s3:prefix": "stacks/walk-test/"}],
        ["s3:ListBucket", "arn:aws:s3:::pipectl-123456789012-eu-west-1-an", {"s3:prefix": "stacks/other/"}],
    ]);
    // Whatever else allows it, a denied action stays denied.
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let decided = evaluated(&cloud, &[&with], &requests);
    assert_eq!(
        decided,
        [
            "Allow",
            "ImplicitDeny",
            "ImplicitDeny",
            "ImplicitDeny",
            "ImplicitDeny",
            "ImplicitDeny",
            "Deny",
            "Deny",
            "Allow",
            "Deny",
            "Allow",
            "ImplicitDeny",
            "Allow",
            "ImplicitDeny",
            "Allow",
            "ImplicitDeny",
            "Allow",
            "ImplicitDeny",
        ]
    );
    let decided = evaluated(&cloud, &[&with, &everything], &requests);
    assert_eq!([&decided[6], &decided[7], &decided[9]], ["Deny", "Deny", "Deny"]);
    // Without a boundary in the spec nobody needs permission to set one.
    let plain = document(&cloud, &spec(""), &[]);
    assert!(of(&plain, "iam:PutRolePermissionsBoundary").is_empty());
    assert!(statements(&plain).iter().all(|one| one["Effect"] == "Allow"));
}

fn through(keys: &[(&str, &str)]) -> Value {
    let mut all = json!({"aws:CalledViaFirst": "cloudformation.amazonaws.com"});
    for (key, value) in keys {
        all[*key] = json!(value);
    }
    all
}

/// The decision of the local cloud's policy evaluator.
fn evaluated(cloud: &Cloud, documents: &[&Value], requests: &Value) -> Vec<String> {
    cloud.run(&["local", "up"]).succeeded();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/account.py");
    let input = cloud.write(
        "request.json",
        &json!({"do": "evaluate", "documents": documents, "requests": requests}).to_string(),
    );
    let output = Command::new(python())
        .args([script, "http://127.0.0.1:9"])
        .stdin(fs_err::File::open(input).expect("the request").into_file())
        .output()
        .expect("Python runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let answer: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    listed(&answer["decisions"]).into_iter().map(str::to_owned).collect()
}

/// The Python that the local cloud is installed for.
pub(crate) fn python() -> PathBuf {
    let folders = std::fs::read_dir(target("local-cloud")).expect("the installed local cloud");
    let found = folders.filter_map(Result::ok).map(|entry| entry.path().join("bin/python"));
    found.filter(|path| path.exists()).max().expect("its Python")
}

#[test]
fn the_boundary_is_on_the_role_and_wanted_of_every_other() {
    let cloud = Cloud::new();
    let path = cloud.write("made.yaml", &spec(&format!("  permissions_boundary: {BOUNDARY}\n")));
    let path = path.to_str().expect("UTF-8");
    let template = cloud.run(&["render", path, "--output", "json"]).succeeded().json_document();
    assert_eq!(template["Resources"]["ProcessorRole"]["Properties"]["PermissionsBoundary"], BOUNDARY);
    // Custom templates have it too.
    let folder = cloud.path("templates");
    cloud.run(&["eject", "processor.yaml.j2", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    let copy = cloud.path("templates/processor.yaml.j2");
    let text = std::fs::read_to_string(&copy).expect("the copy");
    cloud.write("made.yaml", &spec(&format!("  permissions_boundary: {BOUNDARY}\n  templates: templates\n")));
    cloud.run(&["validate", path]).succeeded();
    std::fs::write(&copy, text.replace("PermissionsBoundary: {{ permissions_boundary }}", "Path: /"))
        .expect("written");
    cloud.run(&["validate", path]).exited(3).prints(&["render::role-without-boundary", "processor.yaml.j2"]);
}

#[test]
fn a_service_role_leaves_the_caller_one_right_over_roles() {
    let cloud = Cloud::new();
    let role = "arn:aws:iam::123456789012:role/cloudformation";
    let text = spec(&format!("  role_arn: {role}\n  permissions_boundary: {BOUNDARY}\n"));
    let caller = document(&cloud, &text, &[]);
    let iam: Vec<&str> = actions(&caller).into_iter().filter(|action| action.starts_with("iam:")).collect();
    assert_eq!(iam, ["iam:PassRole"]);
    let pass = of(&caller, "iam:PassRole")[0];
    assert_eq!(pass["Resource"], role);
    assert_eq!(
        pass["Condition"],
        json!({"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}})
    );
    assert!(!caller.to_string().contains("CalledVia"));
    let service = document(&cloud, &text, &["--service-role"]);
    assert!(actions(&service).contains("dynamodb:CreateTable") && !service.to_string().contains("CalledVia"));
    assert!(actions(&service).contains("s3:GetObject"));
    assert_eq!(of(&service, "iam:DeleteRolePermissionsBoundary")[0]["Effect"], "Deny");
    let path = cloud.path("made.yaml");
    let path = path.to_str().expect("UTF-8");
    cloud
        .run(&["permissions", path])
        .succeeded()
        .prints(&["CloudFormation, as the service role", "PassRole", "CreateTable"])
        .reports(&["--service-role  # prints the service role's policy"]);
    cloud.write("made.yaml", &spec(""));
    cloud
        .run(&["permissions", path, "--service-role"])
        .exited(64)
        .reports(&["error[permissions::no-service-role]"]);
}

#[test]
fn a_workflow_is_trusted_by_its_exact_name() {
    let cloud = Cloud::new();
    let path = cloud.write("made.yaml", &spec("encryption: stack_key\n"));
    let path = path.to_str().expect("UTF-8");
    let template = |more: &[&str]| -> Value {
        let mut arguments = vec!["permissions", path, "--format", "json", "--github"];
        arguments.extend(more);
        cloud.run(&arguments).succeeded().json_document()
    };
    let trust = |template: &Value| {
        let trust = &template["Resources"]["DeployerRole"]["Properties"]["AssumeRolePolicyDocument"];
        assert_eq!(trust["Statement"].as_array().map(Vec::len), Some(1));
        let statement = trust["Statement"][0].clone();
        assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
        assert_eq!(statement["Condition"].as_object().map(serde_json::Map::len), Some(1));
        assert!(!statement.to_string().contains('*'));
        statement
    };
    let subject = |template: &Value| {
        let keys = trust(template)["Condition"]["StringEquals"].clone();
        assert_eq!(keys["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
        keys["token.actions.githubusercontent.com:sub"].as_str().expect("a subject").to_owned()
    };
    let plain = template(&["acme/pipes"]);
    assert_eq!(subject(&plain), "repo:acme/pipes:ref:refs/heads/main");
    assert_eq!(trust(&plain)["Principal"], json!({"Federated": {"Ref": "GitHubProvider"}}));
    assert_eq!(
        plain["Resources"]["GitHubProvider"]["Properties"]["ClientIdList"],
        json!(["sts.amazonaws.com"])
    );
    assert_eq!(
        subject(&template(&["acme/pipes", "--branch", "release"])),
        "repo:acme/pipes:ref:refs/heads/release"
    );
    assert_eq!(subject(&template(&["acme@1/pipes@2:prod"])), "repo:acme@1/pipes@2:environment:prod");
    let provider = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com";
    let given = template(&["acme/pipes", "--oidc-provider", provider]);
    assert_eq!(trust(&given)["Principal"], json!({"Federated": provider}));
    assert_eq!(given["Resources"].get("GitHubProvider"), None);
    // The parts contain the whole policy, and each is within the size limit.
    let whole = document(&cloud, &spec("encryption: stack_key\n"), &[]);
    let mut together = Vec::new();
    for (_, resource) in plain["Resources"].as_object().expect("resources") {
        if resource["Type"] == "AWS::IAM::ManagedPolicy" {
            let part = &resource["Properties"]["PolicyDocument"];
            let characters = part.to_string().chars().filter(|one| !one.is_whitespace()).count();
            assert!(characters <= MANAGED_CHARACTERS, "{characters}");
            together.extend(statements(part).clone());
        }
    }
    assert_eq!(&together, statements(&whole));
    // As a file it has the same content.
    let yaml = cloud
        .run(&["permissions", path, "--github", "acme/pipes"])
        .succeeded()
        .reports(&["aws cloudformation deploy"]);
    assert_eq!(pipectl::render::parse(&yaml.stdout), Ok(plain));
    for wrong in [
        ["acme/*", "main"],
        ["acme/pipes:*", "main"],
        ["acme/pipes:prod", "main"],
        ["acme/pipes", "*"],
        ["acme/pipes", "release/?"],
        ["acme/pipes", ""],
    ] {
        cloud.run(&["permissions", path, "--github", wrong[0], "--branch", wrong[1]]).exited(64);
    }
}

#[test]
fn a_key_of_the_spec_is_named_and_the_stacks_own_is_recognized_by_its_tags() {
    let cloud = Cloud::new();
    let arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let named = document(&cloud, &spec(&format!("encryption: {{kms_key: \"{arn}\"}}\n")), &[]);
    for statement in statements(&named) {
        if listed(&statement["Action"]).iter().any(|action| action.starts_with("kms:"))
            && statement["Resource"] != "*"
        {
            assert_eq!(statement["Resource"], arn);
        }
    }
    // The policy of one queue alone too. It is read directly, and only by plan and apply.
    let undelivered = spec("").replace(
        "dead_letter:",
        &format!("undelivered: {{encryption: {{kms_key: \"{arn}\"}}}}\n  dead_letter:"),
    );
    let plan = document(&cloud, &undelivered, &["--command", "plan"]);
    for action in ["kms:DescribeKey", "kms:GetKeyPolicy"] {
        let [statement] = of(&plan, action)[..] else { panic!("{action} in one statement") };
        assert_eq!((listed(&statement["Resource"]), statement.get("Condition")), (vec![arn], None));
    }
    let rollback = document(&cloud, &undelivered, &["--command", "rollback"]);
    assert!(of(&rollback, "kms:GetKeyPolicy").is_empty());
    let made = document(&cloud, &spec("encryption: stack_key\n"), &[]);
    // The key of an earlier stack is read directly, and only with the tags of this pipeline.
    for statement in of(&made, "kms:GetKeyPolicy") {
        let tag = &statement["Condition"]["StringEqualsIfExists"]["aws:ResourceTag/pipectl:pipeline"];
        assert_eq!(tag, "walk", "{statement}");
    }
    let create = of(&made, "kms:CreateKey")[0];
    assert_eq!(create["Condition"]["StringEquals"]["aws:RequestTag/pipectl:pipeline"], "walk");
    for action in ["kms:PutKeyPolicy", "kms:Decrypt", "kms:CreateGrant", "kms:ScheduleKeyDeletion"] {
        for statement in of(&made, action) {
            assert_eq!(
                statement["Condition"]["StringEqualsIfExists"]["aws:ResourceTag/pipectl:pipeline"], "walk",
                "{action}"
            );
        }
    }
}

#[test]
fn an_account_and_a_region_are_needed_and_must_agree() {
    let cloud = Cloud::new();
    let path = cloud.write("made.yaml", SPEC);
    let path = path.to_str().expect("UTF-8");
    cloud
        .run(&["permissions", path, "--region", "eu-west-1"])
        .exited(64)
        .reports(&["permissions::unplaced", "--account"]);
    cloud.run(&["permissions", path, "--account", "123456789012"]).exited(64).reports(&["deploy.region"]);
    cloud.run(&["permissions", path, "--account", "12"]).exited(64);
    cloud.run(&["permissions", path, "--local"]).succeeded().reports(&["policy"]);
    let text = cloud.run(&[
        "permissions",
        path,
        "--account",
        "123456789012",
        "--region",
        "cn-north-1",
        "--format",
        "json",
    ]);
    assert!(!text.succeeded().stdout.contains("arn:aws:"));
    cloud.write("made.yaml", &spec(""));
    cloud
        .run(&["permissions", path, "--account", "210987654321"])
        .exited(4)
        .reports(&["guard::wrong-account"]);
    cloud.run(&["permissions", path, "--region", "eu-west-2"]).exited(4).reports(&["guard::wrong-region"]);
}

#[test]
fn a_stack_that_is_taken_over_is_named_and_nothing_else_of_it_is_promised() {
    let cloud = Cloud::new();
    let plain = document(&cloud, &spec(""), &[]);
    assert!(!plain.to_string().contains("stack/former"));
    let adopting = document(&cloud, &spec(""), &["--adopt", "former"]);
    let on = |action: &str| -> Vec<String> {
        let found = of(&adopting, action)
            .into_iter()
            .flat_map(|one| listed(&one["Resource"]).into_iter().map(str::to_owned));
        found.filter(|arn| arn.contains(":stack/former")).collect()
    };
    let arn =
        |remainder: &str| format!("arn:aws:cloudformation:eu-west-1:123456789012:stack/former{remainder}");
    for action in
        ["DescribeStacks", "CreateChangeSet", "ExecuteChangeSet", "DescribeStackEvents", "DeleteStack"]
    {
        assert_eq!(on(&format!("cloudformation:{action}")), [arn("/*")], "{action}");
    }
    // Resources that would be deleted with the nested stacks are read too.
    assert_eq!(on("cloudformation:ListStackResources"), [arn("-*/*"), arn("/*")]);
    for action in ["SetStackPolicy", "UpdateTerminationProtection", "ContinueUpdateRollback", "RollbackStack"]
    {
        assert_eq!(on(&format!("cloudformation:{action}")), [""; 0], "{action}");
    }
    let path = cloud.path("made.yaml");
    let path = path.to_str().expect("UTF-8");
    cloud.run(&["permissions", path, "--adopt", "former"]).succeeded().reports(&[
        "not covered   what CloudFormation calls to delete the resources of former",
        "--adopt former",
    ]);
    let only = ["permissions", path, "--adopt", "former", "--command", "plan"];
    cloud.run(&only).exited(64).reports(&["only `apply` takes a stack over"]);
}

/// `*`, `?` and `${…}` are wildcards in a policy, wherever they come from.
#[test]
fn no_value_widens_a_printed_policy() {
    let cloud = Cloud::new();
    let path = cloud.write("made.yaml", &spec(""));
    let path = path.to_str().expect("UTF-8");
    let provider =
        |account: &str| format!("arn:aws:iam::{account}:oidc-provider/token.actions.githubusercontent.com");
    for wrong in [
        &["--adopt", "*"][..],
        &["--adopt", "old-*"],
        &["--account", "*"],
        &["--github", "a/b", "--branch", "*"],
        &["--github", "a/b", "--oidc-provider", &provider("*")],
    ] {
        let run = cloud.run(&[&["permissions", path], wrong].concat()).exited(64);
        assert_eq!(run.stdout, "", "{wrong:?}");
    }
    let bare = cloud.write("bare.yaml", SPEC);
    let bare = bare.to_str().expect("UTF-8");
    for region in ["x*", "*", "eu-west-?", "eu-west-1/x", "${aws:x}"] {
        let run =
            cloud.run(&["permissions", bare, "--account", "123456789012", "--region", region]).exited(64);
        run.reports(&["is not a region"]);
    }
    // From the spec.
    for deploy in [
        "role_arn: \"arn:aws:iam::123456789012:role/*\"",
        "permissions_boundary: \"arn:aws:iam::123456789012:policy/a?\"",
    ] {
        let path = cloud.write("role.yaml", &spec(&format!("  {deploy}\n")));
        cloud.run(&["permissions", path.to_str().expect("UTF-8")]).exited(3);
    }
    // And from custom resources: a queue that AWS would refuse does not count as another owner's.
    cloud.write("extra.yaml", "Resources:\n  Mine: {Type: AWS::SQS::Queue, Properties: {QueueName: \"*\"}}\n  Role: {Type: AWS::IAM::Role, Properties: {RoleName: \"a?\", AssumeRolePolicyDocument: {}}}\n");
    let whole = document(&cloud, &spec("  extra: [extra.yaml]\n"), &[]);
    let resources: Vec<&str> = statements(&whole).iter().flat_map(|one| listed(&one["Resource"])).collect();
    assert!(resources.contains(&"arn:aws:sqs:eu-west-1:123456789012:${*}"), "{resources:?}");
    assert!(resources.contains(&"arn:aws:iam::123456789012:role/a${?}"), "{resources:?}");
    assert!(!resources.contains(&"arn:aws:sqs:eu-west-1:123456789012:*"), "{resources:?}");
}
