//! `pipectl build`: the zip for Lambda, or what is missing to make it.

use crate::cloud::Cloud;

#[test]
fn the_zip_is_what_it_is_said_to_be_and_the_same_again() {
    let cloud = Cloud::new();
    let zip = cloud.path("out/processor.zip");
    let arguments =
        ["build", "--architecture", host(), "--output", zip.to_str().expect("UTF-8"), "--format", "json"];
    let told = cloud.run(&arguments).succeeded().json();
    let bytes = std::fs::read(&zip).expect("a zip");
    assert_eq!(told["bytes"], bytes.len());
    assert_eq!(told["sha256"], pipectl_digest(&bytes));
    assert_eq!(told["key"], format!("processor/{}.zip", pipectl_digest(&bytes)));
    assert_eq!(told["architecture"], host());
    cloud.run(&arguments).succeeded();
    assert_eq!(std::fs::read(&zip).expect("a zip"), bytes);
    // What is there under the name is another's.
    std::fs::write(&zip, "PK\x03\x04mine").expect("a file");
    let taken = cloud.run(&arguments).exited(1);
    assert!(
        taken.stdout.contains("it already exists and is not a processor zip from pipectl"),
        "{}",
        taken.stdout
    );
    assert_eq!(std::fs::read_to_string(&zip).expect("a file"), "PK\x03\x04mine");
}

fn host() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" }
}

fn pipectl_digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_program_for_another_machine_is_refused() {
    let cloud = Cloud::new();
    let other = if host() == "arm64" { "x86_64" } else { "arm64" };
    let mut command = cloud.command(&["build", "--architecture", other]);
    // This test itself: a program for this machine.
    command.env("PIPECTL_PROCESSOR", std::env::current_exe().expect("a path")).current_dir(cloud.path(""));
    crate::cloud::Run::of(command.output().expect("pipectl runs"))
        .exited(1)
        .says(&["error[package::wrong-binary]", &format!("the function runs on {other}")]);
    assert!(!cloud.path("processor.zip").exists());
}

#[test]
fn a_ready_made_program_that_is_not_there_is_named_by_what_names_it() {
    let cloud = Cloud::new();
    let mut command = cloud.command(&["build", "--architecture", host()]);
    command.env("PIPECTL_PROCESSOR", "/nonexistent").current_dir(cloud.path(""));
    crate::cloud::Run::of(command.output().expect("pipectl runs")).exited(1).says(&[
        "error[package::no-source]",
        "`PIPECTL_PROCESSOR` names `/nonexistent`",
        "unset it to build one",
    ]);
}

#[test]
fn without_a_cross_compiler_the_missing_piece_is_named() {
    let cloud = Cloud::new();
    let other = if host() == "arm64" { "x86_64" } else { "arm64" };
    let zip = cloud.path("other.zip");
    let done = cloud.run(&["build", "--architecture", other, "--output", zip.to_str().expect("UTF-8")]);
    // Some machines have all that is needed.
    if done.code == Some(0) {
        assert!(zip.exists());
        return;
    }
    let done = done.exited(1).says(&["error[package::build-failed]"]);
    let named = done.stderr.contains("run `rustup target add ") || done.stderr.contains("`apt install gcc-");
    assert!(named, "{}", done.stderr);
}
