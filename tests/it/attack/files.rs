//! Obstacles in place of a file, and full disks: the existing file is unchanged, or replaced as a whole.
#![cfg(unix)]

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{with_file_limit, within};
use crate::cloud::{Cloud, SPEC};

const LONG: Duration = Duration::from_secs(60);

/// An earlier preview of a dashboard, as pipectl recognises it.
const PAGE: &str = "<!doctype html>\n<html>\n<meta name=\"generator\" content=\"pipectl\">\nold";

/// Commands that write files into a folder, each with one of its files.
fn writers(folder: &str) -> Vec<(Vec<String>, String)> {
    let words = |text: &str| text.replace("FOLDER", folder).split(' ').map(str::to_owned).collect();
    vec![
        (words("render specs/prod.yaml --dashboard-preview FOLDER/page.html"), format!("{folder}/page.html")),
        (words("init FOLDER --force"), format!("{folder}/specs/dev.yaml")),
        (words("eject alarms --to FOLDER --force"), format!("{folder}/alarms.yaml.j2")),
        (words("validate --fix FOLDER/fix.yaml"), format!("{folder}/fix.yaml")),
    ]
}

fn command(cloud: &Cloud, words: &[String]) -> Command {
    cloud.command(&words.iter().map(String::as_str).collect::<Vec<_>>())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_leaves_the_old_file_and_no_new_one() {
    let cloud = Cloud::new();
    let folder = cloud.path("folder");
    std::fs::create_dir_all(folder.join("specs")).expect("a folder");
    for (words, file) in writers(folder.to_str().expect("UTF-8")) {
        let file = Path::new(&file);
        let is_page = file.extension().is_some_and(|extension| extension == "html");
        let fixable = if is_page { PAGE.to_owned() } else { SPEC.replace("processor:", "procesor:") };
        std::fs::write(file, &fixable).expect("a file");
        let before = names(file.parent().expect("a folder"));
        let output = within(LONG, with_file_limit(0, &command(&cloud, &words)));
        assert!(output.stderr.contains("file too large"), "{words:?}: {}", output.stderr);
        assert_eq!(std::fs::read_to_string(file).expect("a file"), fixable, "{words:?}");
        assert_eq!(names(file.parent().expect("a folder")), before, "{words:?}: something is left");
        if !words.contains(&"--fix".to_owned()) {
            std::fs::remove_file(file).expect("a file");
            within(LONG, with_file_limit(0, &command(&cloud, &words)))
                .exited(1)
                .reports(&["source::unwritable"]);
            assert!(!file.exists(), "{words:?}: an empty file is left");
            std::fs::write(file, &fixable).expect("a file");
        }
        within(LONG, command(&cloud, &words));
        assert_ne!(std::fs::read_to_string(file).expect("a file"), fixable, "{words:?} writes the file");
    }
}

/// Another user's repository may have a link in place of pipectl's own file.
#[test]
fn no_file_is_written_through_a_link_that_the_user_did_not_name() {
    let cloud = Cloud::new();
    let victim = cloud.write("victim", "mine");
    let dangling = cloud.path("startup.sh");
    let folder = cloud.path("project");
    std::fs::create_dir_all(folder.join("schema")).expect("a folder");
    std::fs::create_dir_all(folder.join("specs/samples")).expect("a folder");
    symlink(&victim, folder.join("schema/pipeline.schema.json")).expect("a link");
    symlink(&dangling, folder.join("specs/dev.yaml")).expect("a link");
    let init = |more: &[&str]| cloud.run(&[&["init", folder.to_str().expect("UTF-8")], more].concat());
    init(&[]).exited(4).reports(&["specs/dev.yaml` already exists"]);
    init(&["--force"]).succeeded();
    let templates = cloud.path("templates");
    std::fs::create_dir(&templates).expect("a folder");
    symlink(&dangling, templates.join("alarms.yaml.j2")).expect("a link");
    let eject = |more: &[&str]| {
        cloud.run(&[&["eject", "alarms", "--to", templates.to_str().expect("UTF-8")], more].concat())
    };
    eject(&[]).exited(4).reports(&["already exists"]);
    eject(&["--force"]).succeeded();
    assert_eq!(std::fs::read_to_string(&victim).expect("a file"), "mine");
    assert!(!dangling.exists());
    assert!(folder.join("schema/pipeline.schema.json").symlink_metadata().expect("a file").is_file());

    // A link named on the command line is intended if it points to a file of the same kind.
    let link = cloud.path("link.html");
    symlink(&victim, &link).expect("a link");
    std::fs::write(&victim, PAGE).expect("a file");
    cloud
        .run(&["render", "specs/prod.yaml", "--dashboard-preview", link.to_str().expect("UTF-8")])
        .succeeded();
    let page = std::fs::read_to_string(&victim).expect("a file");
    assert!(page.starts_with("<!doctype html>") && page.len() > 1000);
    assert!(link.is_symlink());
}

/// A file named by mistake, or through another user's link, belongs to someone else.
#[test]
fn no_file_that_pipectl_did_not_write_is_replaced() {
    let cloud = Cloud::new();
    let (page, link) = (cloud.path("page.html"), cloud.path("link.html"));
    symlink(&page, &link).expect("a link");
    for other in ["<!doctype html>\n<p>mine", "mine"] {
        std::fs::write(&page, other).expect("a file");
        for path in [&page, &link] {
            cloud
                .run(&["render", "specs/prod.yaml", "--dashboard-preview", path.to_str().expect("UTF-8")])
                .exited(1)
                .reports(&[
                    "source::unwritable",
                    "it already exists and is not a dashboard preview",
                    "name another file",
                ]);
            assert_eq!(std::fs::read_to_string(&page).expect("a file"), other);
        }
    }
}

#[test]
fn devices_and_pipes_are_refused_at_once_and_modes_are_retained() {
    let cloud = Cloud::new();
    let pipe = cloud.path("pipe.html");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let device = cloud.path("device.html");
    symlink("/dev/full", &device).expect("a link");
    for file in [&pipe, &device] {
        let preview = cloud.command(&[
            "render",
            "specs/prod.yaml",
            "--dashboard-preview",
            file.to_str().expect("UTF-8"),
        ]);
        within(LONG, preview).exited(1).reports(&["source::unwritable", "not a regular file"]);
    }
    let shared = cloud.write("shared.html", PAGE);
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o664)).expect("a mode");
    cloud
        .run(&["render", "specs/prod.yaml", "--dashboard-preview", shared.to_str().expect("UTF-8")])
        .succeeded();
    assert_eq!(std::fs::metadata(&shared).expect("a file").permissions().mode() & 0o777, 0o664);
}
