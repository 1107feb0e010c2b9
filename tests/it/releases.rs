//! What each release left behind, in `tests/releases/VERSION`: this version continues from it, and can return to it.
//!
//! | file | is |
//! |---|---|
//! | `specs/` | specs of that release, and the samples they name |
//! | `rendered/` | what it expanded them to |
//! | `ejected/` | its templates, as `pipectl eject` copied them |
//! | `history/` | the record of an apply of `walk.yaml` on the local cloud, as it was in the bucket, by its name there |
//! | `creation.plan` | a saved plan of that apply |
//! | `bootstrap`, `processor.zip` | what it deployed, and how that was packed; it is not a program |
//!
//! `UPDATE_RELEASE=1 cargo test --test it releases::` writes those of the version in Cargo.toml: `docs/versions.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use camino::Utf8Path;
use pipectl::package::key;
use pipectl::plan::{Action, Content, Location, plan};
use pipectl::source;
use pipectl::validate::validate;
use serde_json::{Value, json};

use crate::artifacts::{deployed, parameter, put, s3, store};
use crate::cloud::{Cloud, Run, SPEC};

const CURRENT: &str = env!("CARGO_PKG_VERSION");
const SPECS: [&str; 4] = ["dev", "prod", "reference", "walk"];

struct Release {
    version: String,
    folder: PathBuf,
}

/// All releases; the current one is written first if that is requested.
fn releases() -> Vec<Release> {
    static WRITTEN: OnceLock<()> = OnceLock::new();
    WRITTEN.get_or_init(|| {
        if std::env::var_os("UPDATE_RELEASE").is_some() {
            write();
        }
    });
    let folders = fs::read_dir(all()).expect("the releases").map(|entry| entry.expect("an entry").path());
    let mut releases: Vec<Release> = folders
        .map(|folder| Release {
            version: folder.file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned(),
            folder,
        })
        .collect();
    releases.sort_by_key(|release| {
        semver::Version::parse(&release.version).expect("a folder's name is a version")
    });
    releases
}

fn all() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases")
}

fn current() -> Release {
    let found = releases().into_iter().find(|release| release.version == CURRENT);
    found.unwrap_or_else(|| {
        panic!(
            "tests/releases has no {CURRENT}, the version in Cargo.toml: \
             write its files with `UPDATE_RELEASE=1 cargo test --test it releases::`"
        )
    })
}

impl Release {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{}/{name}: {error}", self.version))
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    fn is_current(&self) -> bool {
        self.version == CURRENT
    }

    /// The template of one of its specs.
    fn rendered(&self, spec: &str) -> Value {
        pipectl::render::parse(&self.text(&format!("rendered/{spec}.yaml"))).expect("a template")
    }

    /// The record's name in the bucket, and its text.
    fn record(&self) -> (String, String) {
        let mut names = names(&self.path("history"));
        assert_eq!(names.len(), 1, "one record");
        let name = names.remove(0);
        let text = self.text(&format!("history/{name}"));
        (name, text)
    }

    /// A run of this version on the test's spec, with the processor that the release deployed.
    fn run(&self, cloud: &Cloud, verb: &str, more: &[&str]) -> Run {
        let spec = cloud.path("spec.yaml");
        let mut arguments = vec![verb, spec.to_str().expect("UTF-8"), "--local"];
        arguments.extend(more);
        with_processor(cloud, &arguments, &self.path("bootstrap"))
    }

    /// A local cloud as this release left it: zip, record and stack, and rows in its table.
    fn left(&self) -> (Cloud, Content) {
        let cloud = Cloud::new();
        cloud.write("spec.yaml", &self.text("specs/walk.yaml"));
        cloud.run(&["local", "up"]).succeeded();
        let (name, record) = self.record();
        let zip = self.read("processor.zip");
        let version = put(&cloud, &key(&zip), zip);
        // The only part that differs between buckets.
        let known: Value = serde_json::from_str(&record).expect("JSON");
        let known = known["content"]["parameters"]["ArtifactVersion"].as_str().expect("a version");
        let record = record.replace(known, &version);
        put(&cloud, &format!("stacks/walk-test/{name}"), record.clone().into());
        let record: Value = serde_json::from_str(&record).expect("JSON");
        let content: Content = serde_json::from_value(record["content"].clone()).expect("a content");
        create(&cloud, &content);
        for row in 0..2 {
            let item = json!({"TableName": "walk-test", "Item": {
                "shipment_id": {"S": format!("s{row}")},
                "event_timestamp": {"S": "2026-11-23T10:00:00.000000000Z"}}});
            cloud.target("dynamodb", "DynamoDB_20120810.PutItem", &item.to_string());
        }
        (cloud, content)
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    names.sort();
    names
}

fn with_processor(cloud: &Cloud, arguments: &[&str], bootstrap: &Path) -> Run {
    let mut command = cloud.command(arguments);
    // Records and plans name their spec as it was given.
    command.current_dir(cloud.path("")).env("PIPECTL_PROCESSOR", bootstrap);
    Run::of(command.output().expect("pipectl runs"))
}

/// Creates the stack of a record, without pipectl, and waits for it.
fn create(cloud: &Cloud, content: &Content) {
    change(cloud, "CreateStack", content);
}

fn change(cloud: &Cloud, action: &str, content: &Content) {
    let template = content.template.to_string();
    let mut asked: Vec<(String, String)> = [
        ("Action", action),
        ("StackName", "walk-test"),
        ("TemplateBody", template.as_str()),
        ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec();
    for (list, [key, value], entries) in [
        ("Parameters", ["ParameterKey", "ParameterValue"], &content.parameters),
        ("Tags", ["Key", "Value"], &content.tags),
    ] {
        for (index, (name, text)) in entries.iter().enumerate() {
            asked.push((format!("{list}.member.{}.{key}", index + 1), name.clone()));
            asked.push((format!("{list}.member.{}.{value}", index + 1), text.clone()));
        }
    }
    let asked: Vec<(&str, &str)> =
        asked.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    cloud.call("cloudformation", &asked);
    let end = format!("<StackStatus>{}_COMPLETE<", if action == "CreateStack" { "CREATE" } else { "UPDATE" });
    let asked = [("Action", "DescribeStacks"), ("StackName", "walk-test")];
    let mut looks = 0;
    while !cloud.call("cloudformation", &asked).contains(&end) {
        looks += 1;
        assert!(looks < 600, "{}", cloud.call("cloudformation", &asked));
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// The template that is deployed.
fn template(cloud: &Cloud) -> Value {
    cloud.front().upstream.template("us-east-1", "walk-test").expect("a template").value
}

fn rows(cloud: &Cloud) -> Value {
    let asked = json!({"TableName": "walk-test"}).to_string();
    cloud.target("dynamodb", "DynamoDB_20120810.Scan", &asked)["Count"].clone()
}

fn history(cloud: &Cloud) -> Vec<Value> {
    let shown = cloud.local("history", &["--format", "json"]).succeeded().json();
    shown["applies"].as_array().expect("applies").clone()
}

/// Writes the files that this version leaves behind.
fn write() {
    let release = Release { version: CURRENT.to_owned(), folder: all().join(CURRENT) };
    let _none_yet = fs::remove_dir_all(&release.folder);
    for folder in ["specs/samples", "rendered", "history"] {
        fs::create_dir_all(release.path(folder)).expect("a folder");
    }
    let cloud = Cloud::new();
    for sample in names(Path::new("specs/samples")) {
        let copied =
            fs::copy(Path::new("specs/samples").join(&sample), release.path("specs/samples").join(&sample));
        copied.expect("a copy");
    }
    for spec in SPECS {
        let text = match spec {
            "walk" => SPEC.to_owned(),
            example => fs::read_to_string(format!("specs/{example}.yaml")).expect("an example"),
        };
        fs::write(release.path(&format!("specs/{spec}.yaml")), text).expect("a file");
        fs::write(release.path(&format!("rendered/{spec}.yaml")), render(&release, spec)).expect("a file");
    }
    let ejected = release.path("ejected");
    cloud.run(&["eject", "--to", ejected.to_str().expect("UTF-8")]).succeeded();
    let bootstrap = release.path("bootstrap");
    let contract = format!("{}{};", processor::config::CONTRACT_MARK, processor::config::VERSION);
    let text = format!("stands for the processor of pipectl {CURRENT}, {contract}\n");
    fs::write(&bootstrap, text).expect("a file");

    cloud.write("spec.yaml", SPEC);
    let run = |arguments: &[&str]| with_processor(&cloud, arguments, &bootstrap).succeeded();
    run(&["plan", "spec.yaml", "--local", "--out", "creation.plan"]);
    fs::copy(cloud.path("creation.plan"), release.path("creation.plan")).expect("a copy");
    run(&["apply", "spec.yaml", "--local"]);
    let bucket = store().bucket;
    let listed = s3(&cloud, "GET", &format!("/{bucket}?list-type=2"), "");
    // A later version does not need the evidence of the apply for a rollback.
    let is_stored = |key: &&str| !key.contains("/operations/");
    for key in
        listed.split("<Key>").skip(1).filter_map(|remainder| remainder.split('<').next()).filter(is_stored)
    {
        let object = cloud.front().upstream.object(&format!("/{bucket}/{key}")).expect("an object");
        let name = match key.strip_prefix("stacks/walk-test/") {
            Some(record) => format!("history/{record}"),
            None => "processor.zip".to_owned(),
        };
        fs::write(release.path(&name), object).expect("a file");
    }
}

/// This version's template of a release's spec.
fn render(release: &Release, spec: &str) -> String {
    let path = release.path(&format!("specs/{spec}.yaml"));
    Cloud::new().run(&["render", path.to_str().expect("UTF-8"), "--quiet"]).succeeded().stdout
}

#[test]
fn every_release_is_stored_completely_and_the_current_version_is_one() {
    let ours = semver::Version::parse(CURRENT).expect("a version");
    current();
    for release in releases() {
        let version = semver::Version::parse(&release.version).expect("a version");
        assert!(version <= ours, "{version} is newer than {ours}, the version in Cargo.toml");
        for spec in SPECS {
            release.read(&format!("specs/{spec}.yaml"));
            release.rendered(spec);
        }
        assert!(names(&release.path("ejected")).len() > 5);
        let zip = release.read("processor.zip");
        for text in [release.record().1, release.text("creation.plan")] {
            assert!(text.contains(&format!("\"{version}\"")), "made by {version}");
            assert!(text.contains(&key(&zip)), "of the zip that is kept");
        }
        release.read("bootstrap");
    }
}

/// Until a version is released, its files follow the code.
#[test]
fn the_files_of_the_version_of_now_are_what_it_makes() {
    const AGAIN: &str = "differs: write the files with `UPDATE_RELEASE=1 cargo test --test it releases::`, or, if this \
         version is released, give Cargo.toml the next one first";
    let release = current();
    for spec in SPECS {
        let stored = release.text(&format!("rendered/{spec}.yaml"));
        assert!(stored == render(&release, spec), "rendered/{spec}.yaml {AGAIN}");
    }
    let cloud = Cloud::new();
    let folder = cloud.path("ejected");
    cloud.run(&["eject", "--to", folder.to_str().expect("UTF-8")]).succeeded();
    assert_eq!(names(&folder), names(&release.path("ejected")), "{AGAIN}");
    for name in names(&folder) {
        let now = fs::read_to_string(folder.join(&name)).expect("a copy");
        assert!(now == release.text(&format!("ejected/{name}")), "ejected/{name} {AGAIN}");
    }
}

/// For AWS, without deploying: the same spec rendered by both versions loses nothing, and publishes no version that
/// exists.
#[test]
fn the_specs_of_a_release_mean_the_same() {
    for release in releases() {
        for spec in SPECS {
            let path = release.path(&format!("specs/{spec}.yaml"));
            let path = Utf8Path::from_path(&path).expect("UTF-8");
            let read =
                source::read(path).unwrap_or_else(|failure| panic!("{path}: {:?}", failure.diagnostics));
            let checked = validate(&read, false);
            let checked = checked.unwrap_or_else(|failure| panic!("{path}: {:?}", failure.diagnostics));
            let content = |template: Value| {
                let parameters = [("ArtifactBucket", "b"), ("ArtifactKey", "k"), ("ArtifactVersion", "v")];
                let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
                Content { template, parameters: BTreeMap::from(parameters), tags: checked.spec().tags() }
            };
            let (was, is) = (
                release.rendered(spec),
                pipectl::render::render(&checked, &pipectl::sandbox::Process).expect("a template").parsed,
            );
            let location =
                Location { stack: "s".to_owned(), account: "1".to_owned(), region: "r".to_owned() };
            let plan = plan(&location, Some(&content(was.clone())), &content(is.clone()));
            assert_eq!(
                plan.losing().count() + plan.obstacles().count(),
                0,
                "{}: {spec}: {plan:?}",
                release.version
            );
            let replaced = plan.changes.iter().filter(|change| change.action == Action::Replace);
            let replaced: Vec<&str> = replaced.map(|change| change.logical_id.as_str()).collect();
            let settings = |template: &Value| {
                let mut settings = template["Resources"]["Processor"]["Properties"].clone();
                settings
                    .as_object_mut()
                    .expect("properties")
                    .retain(|name, _| name != "Code" && name != "Tags");
                settings
            };
            let same = settings(&was) == settings(&is);
            assert_eq!(
                replaced,
                if same { &[][..] } else { &["ProcessorVersion"] },
                "{}: {spec}",
                release.version
            );
        }
    }
}

#[test]
fn what_a_release_deployed_is_upgraded_rolled_back_and_applied_again() {
    for release in releases() {
        let (cloud, content) = release.left();
        assert_eq!(rows(&cloud), 2);
        let (_, versions) = deployed(&cloud);

        // With its own copies of the templates it is unchanged.
        ejected(&cloud, &release);
        let own = release.run(&cloud, "plan", &["--format", "json"]).succeeded().json_document();
        assert!(own["changes"].as_array().is_some_and(|changes| changes.iter().all(is_safe)), "{own}");
        cloud.write("spec.yaml", &release.text("specs/walk.yaml"));

        let plan = release.run(&cloud, "plan", &["--format", "json"]).succeeded().json_document();
        let changes = plan["changes"].as_array().expect("changes");
        assert!(changes.iter().all(is_safe), "{plan}");
        assert_eq!(plan["made_by"], json!({"before": release.version, "after": CURRENT}), "{plan}");
        if release.is_current() {
            assert_eq!(plan["action"], "none", "{plan}");
        }
        let was = template(&cloud);
        release.run(&cloud, "apply", &[]).succeeded();
        let is = template(&cloud);
        for change in changes {
            let id = change["logical_id"].as_str().expect("an id");
            assert_ne!(was["Resources"][id], is["Resources"][id], "the plan names what changes");
        }
        let named = |id: &String| changes.iter().any(|change| change["logical_id"] == id.as_str());
        for (id, resource) in is["Resources"].as_object().expect("resources") {
            assert!(*resource == was["Resources"][id] || named(id), "{id} changed, and no plan said so");
        }
        assert_eq!(rows(&cloud), 2);
        // A version with the same meaning is not published again; Lambda would refuse it.
        let same = version_of(&was) == version_of(&is)
            && parameter(&cloud, "ArtifactKey") == content.parameters["ArtifactKey"];
        assert!(same || !release.is_current());
        assert_eq!(deployed(&cloud).1, versions + usize::from(!same));

        cloud.write("spec.yaml", &SPEC.replace("processor:\n", "processor:\n  memory_mb: 1024\n"));
        release.run(&cloud, "apply", &[]).succeeded().reports(&["MemorySize: 512 → 1024"]);
        let applies = history(&cloud);
        let back = applies.iter().find(|apply| apply["at"] == record_of(&release)["at"]).expect("its record");
        assert_eq!(back["pipectl"], release.version.as_str());
        release.run(&cloud, "rollback", &["--to", &back["back"].to_string()]).succeeded();
        assert_eq!((template(&cloud), rows(&cloud)), (content.template.clone(), json!(2)));
        assert_eq!(parameter(&cloud, "ArtifactVersion"), content.parameters["ArtifactVersion"]);

        // And forward, with a processor that runs.
        cloud.local("apply", &[]).succeeded().reports(&["MemorySize: 512 → 1024"]);
        let sent = cloud.local("send", &["--count", "5", "--wait", "--format", "json"]).succeeded().json();
        assert_eq!((&sent["rows"], rows(&cloud)), (&json!(5), json!(7)));
    }
}

fn record_of(release: &Release) -> Value {
    serde_json::from_str(&release.record().1).expect("JSON")
}

fn version_of(template: &Value) -> &Value {
    &template["Resources"]["ProcessorVersion"]
}

/// Whether a change of an upgrade loses nothing: at most another version of the function is created.
fn is_safe(change: &Value) -> bool {
    change["risk"] != "data_loss"
        && change["obstacle"].is_null()
        && (change["action"] != "replace" || change["logical_id"] == "ProcessorVersion")
}

/// Makes the test's spec use the release's templates.
fn ejected(cloud: &Cloud, release: &Release) {
    fs::create_dir_all(cloud.path("ejected")).expect("a folder");
    for name in names(&release.path("ejected")) {
        fs::write(cloud.path("ejected").join(&name), release.read(&format!("ejected/{name}")))
            .expect("a file");
    }
    let spec = release.text("specs/walk.yaml");
    cloud.write("spec.yaml", &format!("{spec}deploy: {{templates: ejected}}\n"));
}

#[test]
fn the_ejected_templates_of_a_release_keep_the_contract() {
    for release in releases() {
        let cloud = Cloud::new();
        ejected(&cloud, &release);
        let spec = cloud.path("spec.yaml");
        let spec = spec.to_str().expect("UTF-8");
        cloud.run(&["validate", spec]).succeeded();
        let made = cloud.run(&["render", spec, "--output", "json", "--quiet"]).succeeded().json_document();
        let resources = made["Resources"].as_object().expect("resources");
        let known = release.rendered("walk");
        let known = known["Resources"].as_object().expect("resources");
        assert_eq!(resources.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
        if release.is_current() {
            assert_eq!(resources, known);
        }
        // They are checked.
        let processor = cloud.path("ejected/processor.yaml.j2");
        let text =
            fs::read_to_string(&processor).expect("a copy").replace("dynamodb:PutItem", "dynamodb:GetItem");
        fs::write(&processor, text).expect("a file");
        cloud
            .run(&["validate", spec])
            .exited(3)
            .prints(&["error[render::contract-unmet]", "`dynamodb:PutItem`"]);
    }
}

#[test]
fn a_saved_plan_of_this_version_is_executed_and_one_of_another_must_be_made_again() {
    for release in releases() {
        let cloud = Cloud::new();
        let plan = release.path("creation.plan");
        let applied = cloud.run(&["apply", plan.to_str().expect("UTF-8"), "--local"]);
        if release.is_current() {
            applied.succeeded().reports(&["created walk-test"]);
            assert_eq!(template(&cloud), record_of(&release)["content"]["template"]);
            cloud.write("spec.yaml", &release.text("specs/walk.yaml"));
            release.run(&cloud, "plan", &["--detailed-exitcode"]).succeeded();
        } else {
            applied.exited(4).reports(&["error[plan::stale]", &release.version, "plan again"]);
        }
    }
}

/// A plan as another version would write it.
fn saved_by(plan: &Path, version: &str, more: &Value) -> String {
    let mut saved: Value = serde_json::from_slice(&fs::read(plan).expect("a plan")).expect("JSON");
    saved["plan"]["made_by"] = version.into();
    for (name, value) in more.as_object().expect("fields") {
        saved["plan"][name] = value.clone();
    }
    saved["sha256"] = pipectl::render::digest(&saved["plan"]).into();
    // The field with its format comes first.
    let text = saved.to_string().replacen("\"pipectl_plan\":1,", "", 1);
    format!("{{\"pipectl_plan\":1,{}", text.trim_start_matches('{'))
}

#[test]
fn plans_of_other_versions_must_be_made_again_whatever_is_in_them() {
    let release = current();
    let cloud = Cloud::new();
    let plan = release.path("creation.plan");
    let apply = |text: &str| {
        let path = cloud.write("other.plan", text);
        cloud.run(&["apply", path.to_str().expect("UTF-8"), "--local"]).exited(4)
    };
    for (version, more) in
        [("0.0.9", json!({})), ("9.0.0", json!({})), ("9.0.0", json!({"of_the_future": [1, 2]}))]
    {
        let words = format!("was made by pipectl {version}, but this is {CURRENT}: plan again");
        apply(&saved_by(&plan, version, &more)).reports(&[
            "error[plan::stale]",
            &words,
            "make a new plan with",
        ]);
    }
    // A plan that claims to be of this version, and is not.
    apply(&saved_by(&plan, CURRENT, &json!({"of_the_future": 1}))).reports(&["error[plan::damaged]"]);
    let text = saved_by(&plan, "9.0.0", &json!({})).replace("9.0.0", "9.0.1");
    apply(&text).reports(&["error[plan::damaged]", "its digest does not match"]);
    assert_eq!(cloud.local("status", &[]).code, Some(1), "nothing was made");
}

#[test]
fn records_of_a_newer_version_are_read_where_their_form_is_known_and_named_where_it_is_not() {
    let release = current();
    let (cloud, _) = release.left();
    let mut record = record_of(&release);
    record["pipectl"] = "9.0.0".into();
    record["of_the_future"] = json!({"more": 1});
    record["content"]["of_the_future"] = json!([1]);
    record["content"]["template"]["Resources"]["Processor"]["Properties"]["MemorySize"] = 768.into();
    record["content"]["template"]["Metadata"]["pipectl"]["version"] = "9.0.0".into();
    let put = |name: &str, record: &Value| {
        put(&cloud, &format!("stacks/walk-test/{name}"), record.to_string().into())
    };
    put("20000101T000000000Z-00000000.json", &record);
    record["version"] = 2.into();
    put("29990101T000000000Z-00000000.json", &record);
    let shown = cloud.local("history", &["--format", "json"]).succeeded();
    let shown = shown.reports(&["29990101T", "was written by a newer pipectl and is skipped"]);
    let applies = shown.json()["applies"].as_array().expect("applies").clone();
    let by: Vec<&Value> = applies.iter().map(|apply| &apply["pipectl"]).collect();
    assert_eq!(by, [CURRENT, "9.0.0"]);
    // The template of the record, and not this version's template of its spec.
    let back = release.run(&cloud, "rollback", &[]).succeeded();
    back.reports(&["29990101T", "MemorySize: 512 → 768"]);
    assert_eq!(template(&cloud)["Resources"]["Processor"]["Properties"]["MemorySize"], 768);
}

#[test]
fn a_stack_of_a_newer_version_is_changed_only_where_that_is_accepted() {
    let release = current();
    let (cloud, mut content) = release.left();
    let metadata = &mut content.template["Metadata"]["pipectl"];
    let mut spec: Value = serde_json::from_str(metadata["spec"].as_str().expect("a spec")).expect("JSON");
    spec["of_the_future"] = true.into();
    *metadata = json!({"version": "9.0.0", "spec": spec.to_string(), "of_the_future": {"more": 1}});
    content.template["Resources"]["OfTheFuture"] =
        json!({"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "walk-future-test"}});
    change(&cloud, "UpdateStack", &content);

    let plan = release.run(&cloud, "plan", &[]).succeeded();
    plan.prints(&["- OfTheFuture", "AWS::SNS::Topic"]).reports(&["--accept downgrade"]);
    let words = format!("the stack was applied last by pipectl 9.0.0, and this is {CURRENT}");
    let refused = release.run(&cloud, "apply", &[]).exited(4);
    refused.reports(&["error[guard::downgrade]", &words, "add `--accept downgrade`"]);
    assert!(template(&cloud)["Resources"]["OfTheFuture"].is_object());
    release.run(&cloud, "apply", &["--accept", "downgrade"]).succeeded();
    assert!(template(&cloud)["Resources"]["OfTheFuture"].is_null());
    assert_eq!(rows(&cloud), 2);
    release.run(&cloud, "apply", &[]).succeeded().reports(&["no changes"]);

    // A file on this machine in another format is not read.
    let stored = cloud.path("kept/pipectl/stacks/local/us-east-1/walk-test.json");
    let text = fs::read_to_string(&stored).expect("what was applied");
    fs::write(&stored, text.replacen("\"version\":1", "\"version\":2", 1)).expect("a file");
    release
        .run(&cloud, "plan", &["--offline"])
        .exited(1)
        .reports(&["cannot be read", "leave out `--offline`"]);
}
