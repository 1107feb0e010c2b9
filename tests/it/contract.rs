//! What a custom template must provide for the processor: checked if it is visible, declared if it is not.

use camino::Utf8Path;
use pipectl::render::{End, Sandbox, SandboxRun};
use pipectl::{render, source, validate};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::cloud::{Cloud, SPEC};
use crate::varied::varied;

const VPC: &str =
    "{subnet_ids: [subnet-0a1b2c3d4e5f60718, subnet-0a1b2c3d], security_group_ids: [sg-0a1b2c3d]}";

fn resources(cloud: &Cloud, spec: &str) -> Value {
    let run = cloud.run(&["render", spec, "--output", "json", "--quiet"]).succeeded();
    serde_json::from_str::<Value>(&run.stdout).expect("JSON")["Resources"].clone()
}

/// A folder with copies of these templates, each changed, and a spec that uses them.
struct Copies {
    cloud: Cloud,
    spec: String,
}

impl Copies {
    fn of(template: &str, more: &str) -> Self {
        let cloud = Cloud::new();
        let folder = cloud.path("templates");
        cloud.run(&["eject", template, "--to", folder.to_str().expect("UTF-8")]).succeeded();
        let spec = cloud.write("spec.yaml", &format!("{SPEC}deploy: {{templates: templates}}\n{more}"));
        let spec = spec.to_str().expect("UTF-8").to_owned();
        Self { cloud, spec }
    }

    fn change(&self, template: &str, old: &str, new: &str) {
        let path = self.cloud.path("templates").join(format!("{template}.yaml.j2"));
        let text = std::fs::read_to_string(&path).expect("a copy");
        assert!(text.contains(old), "{old}");
        std::fs::write(path, text.replace(old, new)).expect("written");
    }

    /// The messages of the contract's findings.
    fn unmet(&self) -> Vec<String> {
        let output = self.cloud.run(&["validate", &self.spec, "--format", "json"]).json();
        let all = output["diagnostics"].as_array().expect("a list").clone();
        assert!(
            all.iter().all(|one| one["severity"] != "error" || one["code"] == "render::contract-unmet"),
            "{all:?}"
        );
        let unmet = all.iter().filter(|one| one["code"] == "render::contract-unmet");
        unmet.map(|one| format!("{}: {} ({})", one["line"], one["message"], one["help"])).collect()
    }
}

#[test]
fn a_function_in_a_vpc_has_its_grants_and_its_code_has_not() {
    let cloud = Cloud::new();
    let spec = cloud.write("vpc.yaml", &format!("{SPEC}  vpc: {VPC}\n"));
    let resources = resources(&cloud, spec.to_str().expect("UTF-8"));
    let connected = &resources["Processor"]["Properties"]["VpcConfig"];
    assert_eq!(connected["SubnetIds"], json!(["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d"]));
    assert_eq!(connected["SecurityGroupIds"], json!(["sg-0a1b2c3d"]));
    let statements = &resources["ProcessorRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"];
    let network: Vec<&Value> = statements
        .as_array()
        .expect("statements")
        .iter()
        .filter(|one| one["Action"].to_string().contains("ec2:"))
        .collect();
    let [connects, looks, denies] = network.as_slice() else { panic!("{network:?}") };
    assert!(
        connects["Resource"]["Fn::Sub"].as_str().is_some_and(|arn| arn.ends_with("${AWS::AccountId}:*/*"))
    );
    let actions = |one: &Value| one["Action"].as_array().expect("actions").clone();
    assert_eq!(looks["Resource"], "*", "EC2 has no narrower one");
    assert_eq!((&connects["Effect"], &denies["Effect"]), (&json!("Allow"), &json!("Deny")));
    assert_eq!([actions(connects), actions(looks)].concat(), actions(denies));
    assert_eq!(
        denies["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]["Fn::Sub"],
        "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:walk-processor-test"
    );
    // Limits of Lambda.
    let many: Vec<String> = (0..17).map(|number| format!("subnet-{number:08x}")).collect();
    for (vpc, path) in [
        (
            format!("{{subnet_ids: [{}], security_group_ids: [sg-0a1b2c3d]}}", many.join(", ")),
            "/processor/vpc/subnet_ids",
        ),
        ("{subnet_ids: [], security_group_ids: [sg-0a1b2c3d]}".to_owned(), "/processor/vpc/subnet_ids"),
        (
            "{subnet_ids: [vpc-0a1b2c3d], security_group_ids: [sg-0a1b2c3d]}".to_owned(),
            "/processor/vpc/subnet_ids/0",
        ),
        (
            "{subnet_ids: [subnet-0a1b2c3d], security_group_ids: [default]}".to_owned(),
            "/processor/vpc/security_group_ids/0",
        ),
        ("{subnet_ids: [subnet-0a1b2c3d]}".to_owned(), "/processor/vpc"),
    ] {
        let spec = cloud.write("wrong.yaml", &format!("{SPEC}  vpc: {vpc}\n"));
        let output =
            cloud.run(&["validate", spec.to_str().expect("UTF-8"), "--format", "json"]).exited(3).json();
        assert!(
            output["diagnostics"].as_array().expect("a list").iter().any(|one| one["path"] == path),
            "{vpc}: {output}"
        );
    }
}

/// How this fault shows today: CloudFormation accepts the template, and Lambda refuses the function.
#[test]
fn a_copy_with_a_vpc_and_without_the_grants_is_an_error_at_its_line() {
    let copies = Copies::of("processor.yaml.j2", "");
    assert_eq!(copies.unmet(), [] as [&str; 0]);
    let vpc = "      LoggingConfig: {LogGroup: {Ref: ProcessorLogGroup}}\n      VpcConfig: {SubnetIds: [subnet-0a1b2c3d], SecurityGroupIds: [sg-0a1b2c3d]}\n";
    copies.change("processor", "      LoggingConfig: {LogGroup: {Ref: ProcessorLogGroup}}\n", vpc);
    let unmet = copies.unmet();
    assert!(
        unmet.len() == 1
            && unmet[0].contains("ec2:CreateNetworkInterface")
            && unmet[0].contains("ProcessorRole"),
        "{unmet:?}"
    );
    // AWS's managed policy for it is enough.
    let managed = "      ManagedPolicyArns: [\"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole\"]\n      Policies:\n";
    copies.change("processor", "      Policies:\n", managed);
    assert_eq!(copies.unmet(), [] as [&str; 0]);
}

#[test]
fn what_a_template_cannot_show_it_declares() {
    let copies = Copies::of("processor.yaml.j2", "");
    copies.change(
        "processor",
        "Role: {\"Fn::GetAtt\": [ProcessorRole, Arn]}",
        "Role: \"arn:aws:iam::123456789012:role/runs\"",
    );
    assert_eq!(copies.unmet(), [] as [&str; 0], "the copy declares what ours allows");
    let text = std::fs::read_to_string(copies.cloud.path("templates/processor.yaml.j2")).expect("a copy");
    let (before, remainder) = text.split_once("{# contract").expect("a declaration");
    let (declared, after) = remainder.split_once("#}").expect("its end");
    let with = |declaration: &str| {
        std::fs::write(
            copies.cloud.path("templates/processor.yaml.j2"),
            format!("{before}{declaration}{after}"),
        )
        .expect("written");
        copies.unmet()
    };
    let undeclared = with("");
    assert!(
        undeclared.len() == 1 && undeclared[0].contains("sqs:SendMessage"),
        "a copy from before there were declarations allows all that it needed: {undeclared:?}"
    );
    let unmet = with(&format!("{{# contract{}#}}", declared.replace("dynamodb:PutItem", "")));
    assert!(
        unmet.len() == 1 && unmet[0].contains("may not allow") && unmet[0].contains("dynamodb:PutItem"),
        "{unmet:?}"
    );
    assert!(unmet[0].contains("{# contract grants: dynamodb:PutItem #}"), "{unmet:?}");
}

#[test]
fn a_key_on_the_queue_a_variable_less_and_code_from_elsewhere_are_found() {
    let copies = Copies::of("queue.yaml.j2", "");
    copies.change("queue", "{{ encryption(queue_key) }}", "      KmsMasterKeyId: alias/queue");
    let unmet = copies.unmet();
    let lacking = |action: &str| unmet.iter().any(|one| one.contains(action));
    assert!(unmet.len() == 2 && lacking("kms:Decrypt") && lacking("kms:GenerateDataKey"), "{unmet:?}");
    let copies = Copies::of("processor.yaml.j2", "");
    copies.change("processor", "          ENVIRONMENT: {{ spec.environment }}\n", "");
    let unmet = copies.unmet();
    assert!(unmet.len() == 1 && unmet[0].contains("lacks `ENVIRONMENT`"), "{unmet:?}");
    copies.change("processor", "S3Key: {Ref: ArtifactKey}", "S3Key: my.zip");
    copies.change("processor", "   files: bootstrap mapping.json #}", "#}");
    assert_eq!(copies.unmet().len(), 2);
}

#[test]
fn code_from_elsewhere_must_have_the_mapping_where_that_is_a_file() {
    let copies = Copies::of("processor.yaml.j2", "event: {schema: {file: order.schema.json}}\n");
    copies
        .cloud
        .write("order.schema.json", r#"{"type": "object", "properties": {"weight": {"maximum": 1e9}}}"#);
    assert_eq!(copies.unmet(), [] as [&str; 0]);
    let config = |spec: &str| {
        let function = resources(&copies.cloud, spec)["Processor"]["Properties"].clone();
        function["Environment"]["Variables"]["PIPELINE_CONFIG"].as_str().expect("a contract").to_owned()
    };
    // The separate process knows the schema too.
    let plain = std::fs::read_to_string(&copies.spec)
        .expect("the spec")
        .replace("deploy: {templates: templates}\n", "");
    let plain = copies.cloud.write("plain.yaml", &plain);
    assert_eq!(config(&copies.spec), config(plain.to_str().expect("UTF-8")));
    assert!(config(&copies.spec).contains(r#""file":"mapping.json","sha256":""#), "{}", config(&copies.spec));
    copies.change("processor", "S3Key: {Ref: ArtifactKey}", "S3Key: my.zip");
    copies.change("processor", "files: bootstrap mapping.json", "files: bootstrap");
    let unmet = copies.unmet();
    assert!(unmet.len() == 1 && unmet[0].contains("`mapping.json` may be missing from it"), "{unmet:?}");
}

/// An old copy of the key's template: its statement for EventBridge names a source, which EventBridge does not send to
/// KMS.
#[test]
fn a_copy_of_the_keys_template_that_stops_every_event_is_an_error() {
    let copies = Copies::of("key.yaml.j2", "encryption: stack_key\n");
    assert_eq!(copies.unmet(), [] as [&str; 0]);
    let condition = "            Resource: \"*\"\n{% if needed.statement.Sid == \"FromRule\" %}\n            Condition: {ArnEquals: {\"aws:SourceArn\": {\"Fn::Sub\": {{ arns.rule }}}}}\n{% endif %}\n";
    copies.change("key", "            Resource: \"*\"\n", condition);
    let unmet = copies.unmet();
    assert!(
        unmet.len() == 1 && unmet[0].contains("aws:SourceArn") && unmet[0].contains("FromRule"),
        "{unmet:?}"
    );
}

/// Copies of all templates satisfy the contract, whatever the spec says.
#[test]
fn our_own_templates_keep_the_contract() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    let mut runner = TestRunner::deterministic();
    for number in 0..40 {
        let mut spec = varied().new_tree(&mut runner).expect("a spec").current();
        spec["deploy"]["templates"] = json!("templates");
        if number % 2 == 0 {
            spec["processor"]["vpc"] = serde_yaml::from_str(VPC).expect("YAML");
        }
        let path = cloud.path("varied.yaml");
        let path = Utf8Path::from_path(&path).expect("UTF-8");
        let text: String = spec
            .to_string()
            .chars()
            .filter(|one| !one.is_control() && !"\u{2028}\u{2029}\u{feff}".contains(*one))
            .collect();
        std::fs::write(path, text).expect("written");
        let tree = source::read(path).expect("a tree");
        let checked = validate::validate(&tree, false).expect("a right spec");
        assert_eq!(tree.stack_files().templates.len(), render::TEMPLATES.len());
        let rendered = render::render(&checked, &Here);
        let messages: Vec<String> = rendered
            .err()
            .into_iter()
            .flat_map(|failure| failure.diagnostics)
            .map(|one| one.message)
            .collect();
        assert_eq!(messages, [] as [&str; 0]);
    }
}

/// Expands within the test: this program is not pipectl, and cannot be started as such.
struct Here;

impl Sandbox for Here {
    fn run(&self, request: &str) -> SandboxRun {
        SandboxRun { written: render::answer(request, Box::new(|_| {})), end: End::Done }
    }
}
