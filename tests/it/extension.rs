//! Custom templates and resources: part of the stack, and checked like pipectl's own.

use std::path::Path;

use serde_json::Value;

use crate::cloud::{Cloud, Run, SPEC};

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// The test's spec with lines under `deploy`.
fn spec(cloud: &Cloud, deploy: &str) -> String {
    let path = cloud.write("spec.yaml", &format!("{SPEC}deploy: {deploy}\n"));
    text(&path).to_owned()
}

fn rendered(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).expect("JSON")
}

#[test]
fn a_copy_of_every_template_expands_to_the_same_bytes() {
    for example in ["dev", "prod", "reference"] {
        let cloud = Cloud::new();
        let own = cloud.run(&["render", &format!("specs/{example}.yaml"), "--quiet"]).succeeded().stdout;
        cloud.run(&["eject", "--to", text(&cloud.path("templates"))]).succeeded();
        let copy = std::fs::read_to_string(format!("specs/{example}.yaml")).expect("an example");
        let copy: String =
            copy.lines().filter(|line| !line.contains("samples")).map(|line| format!("{line}\n")).collect();
        let copy = copy.replace("\ndeploy:\n", "\ndeploy:\n  templates: templates\n");
        let copy =
            if copy.contains("deploy:") { copy } else { format!("{copy}deploy: {{templates: templates}}\n") };
        let copy = cloud.write("copy.yaml", &copy);
        let theirs = cloud.run(&["render", text(&copy), "--quiet"]).succeeded();
        assert_eq!(theirs.stderr, "", "no copy is outdated or unused");
        assert_eq!(theirs.stdout, own);
    }
}

#[test]
fn a_template_of_ones_own_takes_the_place_of_ours_and_the_others_stay() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud
        .run(&["eject", "table.yaml.j2", "--to", text(&folder)])
        .succeeded()
        .reports(&["deploy: {templates:"]);
    let table = folder.join("table.yaml.j2");
    let copy = std::fs::read_to_string(&table).expect("the copy");
    std::fs::write(
        &table,
        copy.replace(
            "BillingMode: PAY_PER_REQUEST",
            "BillingMode: PAY_PER_REQUEST\n      TableClass: STANDARD_INFREQUENT_ACCESS",
        ),
    )
    .expect("written");
    let spec = spec(&cloud, "{templates: templates}");
    let template = rendered(&cloud.run(&["render", &spec, "--output", "json"]).succeeded());
    let table = &template["Resources"]["EventsTable"]["Properties"];
    assert_eq!(table["TableClass"], "STANDARD_INFREQUENT_ACCESS");
    assert_eq!(template["Resources"]["Queue"]["Type"], "AWS::SQS::Queue");
    // Nothing is replaced without a confirmation.
    cloud
        .run(&["eject", "table", "--to", text(&folder)])
        .exited(4)
        .reports(&["table.yaml.j2` already exists", "--force"]);
    cloud
        .run(&["eject", "tabel", "--to", text(&folder)])
        .exited(64)
        .reports(&["did you mean `table.yaml.j2`?"]);
}

#[test]
fn resources_and_outputs_are_added_in_order_and_short_forms_are_spelled_out() {
    let cloud = Cloud::new();
    cloud.write(
        "more.yaml",
        "Resources:\n  Zebra:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: !Ref AlarmTopic\n      Protocol: sqs\n      Endpoint: !GetAtt Reports.Arn\n      FilterPolicy: {state: [\"yes\", \"012\", 1.5, \"a\\u2028b\"]}\n  Reports:\n    Type: AWS::SQS::Queue\nOutputs:\n  Reports:\n    Value: !Sub \"${Reports.Arn}/x\"\n",
    );
    let spec = spec(&cloud, "{extra: [more.yaml]}");
    let yaml = cloud.run(&["render", &spec, "--quiet"]).succeeded().stdout;
    let template: Value = serde_yaml::from_str(&yaml).expect("YAML");
    assert_eq!(template, rendered(&cloud.run(&["render", &spec, "--output", "json"]).succeeded()));
    let zebra = &template["Resources"]["Zebra"]["Properties"];
    assert_eq!(zebra["TopicArn"]["Ref"], "AlarmTopic");
    assert_eq!(zebra["Endpoint"]["Fn::GetAtt"][1], "Arn");
    assert_eq!(zebra["FilterPolicy"]["state"], serde_json::json!(["yes", "012", 1.5, "a\u{2028}b"]));
    assert_eq!(template["Outputs"]["Reports"]["Value"]["Fn::Sub"], "${Reports.Arn}/x");
    let location = |word: &str| yaml.find(word).unwrap_or_else(|| panic!("{word}"));
    assert!(location("\n  # From more.yaml.\n  Zebra:") < location("\n  Reports:\n    Type"));
    assert!(location("\n  Dashboard:") < location("\n  Zebra:"), "after ours");
}

/// Every command that needs the stack rejects it before anything is built or called.
#[test]
fn mistakes_in_user_templates_are_reported_at_their_lines() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    std::fs::create_dir(&folder).expect("a folder");
    let cases = [
        // The next line is still inside the braces.
        ("{{ spec.name", 4, "render::template-error"),
        ("{% for x in %}", 3, "render::template-error"),
        ("{{ spec.bus.pattern.nothing.at.all }}", 3, "render::template-error"),
        ("{{ spec.name|safe }}", 3, "render::template-error"),
        ("{% include \"gone.yaml.j2\" %}", 3, "render::template-error"),
        (
            "{% for a in range(5000) %}{% for b in range(5000) %}x{% endfor %}{% endfor %}",
            3,
            "render::template-error",
        ),
        ("    Type: [", 4, "render::not-yaml"),
        ("    Type: !Nothing x", 3, "render::not-yaml"),
        ("    Type: {Ref: Nothing}", 3, "render::unknown-reference"),
        ("    DependsOn: Nothing", 3, "render::unknown-reference"),
        ("    Type: \"${AWS::Region}\"", 3, "render::cloudformation-syntax"),
        ("    Type: {{ \"{{resolve:ssm:x}}\" }}", 3, "render::cloudformation-syntax"),
        (
            "{% if true %}\n\n    Type: {\"Fn::Transform\": x}\n{% endif %}",
            5,
            "render::cloudformation-syntax",
        ),
    ];
    for (line, number, code) in cases {
        let template = format!("{{# of our own #}}\n  Own:\n{line}\n    Properties: {{}}\n");
        std::fs::write(folder.join("key.yaml.j2"), template).expect("written");
        let spec = spec(&cloud, "{templates: templates}");
        for command in
            [&["validate", &spec, "--format", "json"][..], &["apply", &spec, "--local", "--format", "json"]]
        {
            let output = cloud.run(command).exited(3).json_document();
            let found =
                output["diagnostics"].as_array().expect("a list").iter().find(|one| one["code"] == code);
            let found = found.unwrap_or_else(|| panic!("{line}: {output}"));
            assert!(
                found["file"].as_str().is_some_and(|file| file.ends_with("templates/key.yaml.j2")),
                "{found}"
            );
            assert_eq!(found["line"], number, "{line}: {found}");
            assert!(found["help"].as_str().is_some_and(|help| help.len() > 10), "{found}");
        }
    }
}

#[test]
fn a_template_without_what_ours_refer_to_is_refused() {
    let cloud = Cloud::new();
    std::fs::create_dir(cloud.path("templates")).expect("a folder");
    cloud.write("templates/table.yaml.j2", "  OtherTable:\n    Type: AWS::DynamoDB::Table\n");
    // Comes first, and is unrelated.
    let own = std::fs::read_to_string("src/render/stack/bus.yaml.j2").expect("pipectl's own");
    cloud.write("templates/bus.yaml.j2", &own);
    let spec = spec(&cloud, "{templates: templates}");
    cloud
        .run(&["validate", &spec])
        .exited(3)
        .prints(&["error[render::unknown-reference]: `EventsTable`", "keep in your templates"]);
    let output = cloud.run(&["validate", &spec, "--format", "json"]).exited(3).json_document();
    let output = output["diagnostics"].as_array().expect("a list");
    let missing = output.iter().filter(|one| one["code"] == "render::unknown-reference");
    for one in missing.clone() {
        let file = one["file"].as_str().expect("a file");
        assert!(file.ends_with("templates/table.yaml.j2") && one["line"] == 1, "{one}");
    }
    assert!(missing.count() > 0);
}

/// A template may lack anything that pipectl's own has.
#[test]
fn what_a_template_omits_is_reported_in_the_users_files() {
    let cloud = Cloud::new();
    std::fs::create_dir(cloud.path("templates")).expect("a folder");
    let spec = spec(&cloud, "{templates: templates}");
    for (name, _) in pipectl::render::TEMPLATES {
        for text in ["", "[]", "  A: 1\n"] {
            let path = cloud.write(&format!("templates/{name}"), text);
            let run = cloud.run(&["validate", &spec, "--format", "json"]);
            std::fs::remove_file(path).expect("removed");
            let output = run.json_document();
            let output = output["diagnostics"].as_array().expect("a list").iter();
            for one in output.filter(|one| one["severity"] == "error") {
                let file = one["file"].as_str().unwrap_or_else(|| panic!("{name} as {text:?}: {one}"));
                assert!(file.ends_with(&format!("templates/{name}")), "{name} as {text:?}: {one}");
                assert_ne!(one["code"], "render::broken-template", "{name} as {text:?}: {one}");
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn nothing_outside_of_the_specs_folder_is_read() {
    let cloud = Cloud::new();
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("bus.yaml.j2"), "  # A secret.\n").expect("written");
    let link = |from: &str, to: &Path| std::os::unix::fs::symlink(to, cloud.path(from)).expect("a link");
    std::fs::create_dir(cloud.path("templates")).expect("a folder");
    link("linked", outside.path());
    link("templates/bus.yaml.j2", &outside.path().join("bus.yaml.j2"));
    for deploy in [
        "{templates: linked}",
        "{templates: templates}",
        "{extra: [templates/bus.yaml.j2]}",
        "{extra: [/dev/zero]}",
        "{templates: spec.yaml}",
        "{extra: [templates]}",
    ] {
        let run = cloud
            .run(&["validate", &spec(&cloud, deploy)])
            .exited(3)
            .prints(&["error[deploy::unusable-file]"]);
        assert!(!run.stdout.contains("secret"), "{}", run.stdout);
    }
}

/// Lambda refuses to publish an unchanged version: a copy of our template in another spelling is the same version.
#[test]
fn another_spelling_of_the_functions_properties_is_no_new_version() {
    let cloud = Cloud::new();
    let folder = cloud.path("templates");
    cloud.run(&["eject", "processor.yaml.j2", "--to", text(&folder)]).succeeded();
    let path = folder.join("processor.yaml.j2");
    let copy = std::fs::read_to_string(&path).expect("the copy");
    let spec = spec(&cloud, "{templates: templates}");
    let version = || {
        let template = rendered(&cloud.run(&["render", &spec, "--output", "json"]).succeeded());
        template["Resources"]["ProcessorVersion"]["Properties"]["Description"]["Fn::Sub"].clone()
    };
    let before = version();
    let spelled = copy
        .replace("Role: {\"Fn::GetAtt\": [ProcessorRole, Arn]}", "Role: !GetAtt ProcessorRole.Arn")
        .replace("EVENTS_TABLE_NAME: {Ref: EventsTable}", "EVENTS_TABLE_NAME: !Sub \"${EventsTable}\"")
        .replace(
            "      Timeout: {{ spec.processor.timeout_seconds }}",
            "      Timeout: \"{{ spec.processor.timeout_seconds }}\"\n      PackageType: Zip",
        );
    assert_ne!(spelled, copy);
    std::fs::write(&path, &spelled).expect("written");
    assert_eq!(version(), before);
    std::fs::write(&path, spelled.replace("PackageType: Zip", "Description: another")).expect("written");
    assert_ne!(version(), before);
}
