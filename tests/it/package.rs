//! `pipectl build`: the zip for Lambda, or what is missing to build it.

use crate::cloud::Cloud;

#[test]
fn the_zip_matches_its_printed_digest_and_is_reproducible() {
    let cloud = Cloud::new();
    let zip = cloud.path("out/processor.zip");
    let arguments =
        ["build", "--architecture", host(), "--output", zip.to_str().expect("UTF-8"), "--format", "json"];
    let output = cloud.run(&arguments).succeeded().json();
    let bytes = std::fs::read(&zip).expect("a zip");
    assert_eq!(output["bytes"], bytes.len());
    assert_eq!(output["sha256"], pipectl_digest(&bytes));
    assert_eq!(output["key"], format!("processor/{}.zip", pipectl_digest(&bytes)));
    assert_eq!(output["architecture"], host());
    cloud.run(&arguments).succeeded();
    assert_eq!(std::fs::read(&zip).expect("a zip"), bytes);
    // The existing file of that name is not pipectl's.
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
        .reports(&["error[package::wrong-binary]", &format!("the function runs on {other}")]);
    assert!(!cloud.path("processor.zip").exists());
}

/// What was built by another pipectl, or in another language without a word of the contract, could not read its settings.
#[test]
fn a_ready_made_program_of_another_contract_is_refused() {
    let cloud = Cloud::new();
    let program = crate::calls::arm64_program();
    let mark = program[64..].to_vec();
    let mut other = program.clone();
    let version = other.len() - 2;
    other[version] = b'1';
    for (bytes, reason) in
        [(&program[..64], "contains no version of the contract"), (&other, "has version 1 of the contract")]
    {
        std::fs::write(cloud.path("bootstrap"), bytes).expect("a program");
        let mut command = cloud.command(&["build", "--architecture", "arm64"]);
        command.env("PIPECTL_PROCESSOR", "bootstrap").current_dir(cloud.path(""));
        crate::cloud::Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
            "error[package::other-contract]: `bootstrap`, which `PIPECTL_PROCESSOR` names,",
            reason,
            "unset `PIPECTL_PROCESSOR`",
            std::str::from_utf8(&mark).expect("UTF-8"),
        ]);
    }
    assert!(!cloud.path("processor.zip").exists());
}

#[test]
fn a_ready_made_program_that_is_not_there_is_named_by_what_names_it() {
    let cloud = Cloud::new();
    let mut command = cloud.command(&["build", "--architecture", host()]);
    command.env("PIPECTL_PROCESSOR", "/nonexistent").current_dir(cloud.path(""));
    crate::cloud::Run::of(command.output().expect("pipectl runs")).exited(1).reports(&[
        "error[package::no-source]",
        "`PIPECTL_PROCESSOR` is set to `/nonexistent`",
        "unset it to build one",
    ]);
}

#[test]
fn without_a_cross_compiler_the_missing_piece_is_named() {
    let cloud = Cloud::new();
    let other = if host() == "arm64" { "x86_64" } else { "arm64" };
    let zip = cloud.path("other.zip");
    let done = cloud.run(&["build", "--architecture", other, "--output", zip.to_str().expect("UTF-8")]);
    // Some machines have all the tools.
    if done.code == Some(0) {
        assert!(zip.exists());
        return;
    }
    let done = done.exited(1).reports(&["error[package::build-failed]"]);
    let named = done.stderr.contains("run `rustup target add ") || done.stderr.contains("`apt install gcc-");
    assert!(named, "{}", done.stderr);
}

/// A build runs code of the sources, so only pipectl's own are built.
#[test]
#[cfg(unix)]
fn a_strangers_processor_is_not_built() {
    use std::os::unix::fs::PermissionsExt as _;

    let cloud = Cloud::new();
    let manifest = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    let seen = cloud.path("seen");
    let cargo = cloud.write("cargo", &format!("#!/bin/sh\npwd >'{}'\nexit 1\n", seen.display()));
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let shop = cloud.path("shop");
    std::fs::create_dir_all(shop.join("processor")).expect("a folder");
    let built_in = |root: &str, member: &str| {
        std::fs::write(shop.join("Cargo.toml"), manifest(root)).expect("a file");
        std::fs::write(shop.join("processor/Cargo.toml"), manifest(member)).expect("a file");
        let mut build = cloud.command(&["build", "--architecture", host()]);
        let build = build.current_dir(&shop).env("CARGO", &cargo).output().expect("pipectl runs");
        crate::cloud::Run::of(build).exited(1).reports(&["error[package::build-failed]"]);
        let folder = std::fs::read_to_string(&seen).expect("a folder");
        std::fs::canonicalize(folder.trim()).expect("a folder")
    };
    let clone = std::fs::canonicalize(env!("CARGO_MANIFEST_DIR")).expect("a folder");
    for names in [("shop", "processor"), ("shop", "pipectl-processor"), ("pipectl", "processor")] {
        assert_eq!(built_in(names.0, names.1), clone, "{names:?}");
    }
    let own = built_in("pipectl", "pipectl-processor");
    assert_eq!(own, std::fs::canonicalize(&shop).expect("a folder"), "a clone of pipectl's own");
}

#[test]
fn the_version_lists_what_is_embedded() {
    let cloud = Cloud::new();
    let version = env!("CARGO_PKG_VERSION");
    cloud.run(&["version"]).succeeded().prints(&[&format!("pipectl {version}\n")]);
    let verbose = cloud.run(&["version", "--verbose"]).succeeded();
    verbose.prints(&["\n  contract      2\n", "\n  embedded      no processor: this is not a release\n"]);
    let output = cloud.run(&["version", "--format", "json"]).succeeded().json_document();
    assert_eq!(output["embedded"], serde_json::json!([]));
    assert!(
        output["sources"].is_null() && output["sources_here"].as_str().is_some_and(|hash| hash.len() == 64)
    );
    cloud
        .run(&["version", "--licenses"])
        .exited(1)
        .reports(&["error[package::no-notices]", "`.ci/notices FILE`"]);
}
