//! The sessions of the README and of the tutorial are run, and must print what the pages show: numbers may differ, words
//! may not.

use std::path::Path;
use std::process::Command;

use crate::cloud::Cloud;
use crate::session::follow;

#[test]
fn the_session_in_the_readme_is_what_pipectl_prints() {
    let cloud = Cloud::new();
    let readme = include_str!("../../README.md");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let commands = follow(readme, repository, |words| cloud.typed(words));
    assert!(commands >= 4, "the README has a session");
    assert_eq!(follow(include_str!("../../docs/mapping.md"), repository, |words| cloud.typed(words)), 1);
    assert!(readme.lines().count() <= 120, "the README stays short");
}

#[test]
fn the_tutorial_is_what_pipectl_does_in_an_empty_folder() {
    let cloud = Cloud::new();
    let folder = cloud.path("shipments");
    std::fs::create_dir(&folder).expect("a new folder");
    let typed = |words: &[&str]| -> Command {
        let mut command = cloud.typed(words);
        command.current_dir(&folder);
        command
    };
    let commands = follow(include_str!("../../docs/tutorial.md"), &folder, typed);
    assert!(commands >= 15, "the tutorial has {commands} commands");
}
