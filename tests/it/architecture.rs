//! The rules of the architecture: which module may use which other modules, and which crates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The stages from left to right: each may use the earlier ones, and the others that its line names.
const MODULES: [(&str, &[&str]); 31] = [
    ("diagnostic", &[]),
    ("child", &[]),
    ("save", &[]),
    ("input", &[]),
    ("interrupt", &["diagnostic", "input"]),
    ("spec", &[]),
    ("partition", &[]),
    ("source", &["diagnostic", "input"]),
    ("pattern", &[]),
    ("propose", &[]),
    ("validate", &["diagnostic", "source", "spec", "pattern"]),
    ("editor", &["diagnostic", "source", "spec", "pattern", "propose", "validate"]),
    ("render", &["diagnostic", "source", "spec", "partition", "validate"]),
    ("cost", &["spec", "validate"]),
    ("capacity", &["spec", "validate"]),
    ("sandbox", &["input", "render"]),
    ("permissions", &["diagnostic", "spec", "partition"]),
    ("preview", &["diagnostic", "render"]),
    ("package", &["diagnostic", "child", "input"]),
    ("stack", &["diagnostic"]),
    ("plan", &["diagnostic", "spec", "render", "stack"]),
    ("verify", &["diagnostic", "source", "spec", "partition", "validate", "render", "stack", "plan"]),
    ("apply", &["diagnostic", "plan", "stack"]),
    ("operate", &["diagnostic", "spec", "pattern", "stack"]),
    ("local", &["diagnostic", "child", "input", "interrupt", "save"]),
    ("ui", &[]),
    ("aws", &["diagnostic", "child", "input", "save", "partition", "stack", "operate", "local"]),
    (
        "deploy",
        &[
            "diagnostic",
            "child",
            "save",
            "input",
            "interrupt",
            "spec",
            "partition",
            "validate",
            "render",
            "sandbox",
            "package",
            "stack",
            "plan",
            "verify",
            "apply",
            "operate",
            "local",
            "aws",
        ],
    ),
    ("doctor", &["diagnostic", "child", "spec", "package", "stack", "local", "aws", "deploy"]),
    (
        "report",
        &[
            "diagnostic",
            "doctor",
            "spec",
            "validate",
            "cost",
            "capacity",
            "permissions",
            "plan",
            "verify",
            "apply",
            "operate",
            "deploy",
        ],
    ),
    (
        "cli",
        &[
            "diagnostic",
            "doctor",
            "save",
            "child",
            "input",
            "interrupt",
            "source",
            "spec",
            "pattern",
            "propose",
            "validate",
            "editor",
            "render",
            "cost",
            "capacity",
            "sandbox",
            "permissions",
            "preview",
            "package",
            "stack",
            "plan",
            "verify",
            "apply",
            "operate",
            "local",
            "ui",
            "aws",
            "deploy",
            "report",
        ],
    ),
];

/// Crates that only these modules use.
const CRATES: [(&str, &[&str]); 32] = [
    ("saphyr_parser", &["source"]),
    ("schemars", &["spec"]),
    ("jsonschema", &["validate"]),
    ("fancy_regex", &["validate"]),
    ("serde_path_to_error", &["validate"]),
    ("strsim", &["pattern", "validate"]),
    ("minijinja", &["render", "preview"]),
    ("semver", &["deploy", "validate"]),
    ("serde_yaml", &["permissions", "render", "validate"]),
    ("zip", &["package"]),
    ("object", &["package"]),
    ("sha1", &["aws"]),
    ("sha2", &["local", "package", "render"]),
    ("rustls", &["aws"]),
    ("hyper", &["ui"]),
    ("hyper_util", &["ui"]),
    ("http_body_util", &["ui"]),
    ("getrandom", &["ui"]),
    ("subtle", &["ui"]),
    ("rustix", &["child", "input", "interrupt", "local", "sandbox", "save"]),
    ("url", &["aws"]),
    ("annotate_snippets", &["report"]),
    ("anstream", &["report"]),
    ("indicatif", &["report"]),
    ("lsp_server", &["cli", "editor"]),
    ("percent_encoding", &["editor", "report"]),
    ("comfy_table", &["report"]),
    ("terminal_size", &["report"]),
    ("unicode_width", &["report"]),
    // The two choices of the console are arguments of the command line.
    ("clap", &["cli", "report"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
];

#[test]
fn every_module_uses_only_modules_to_its_left() {
    let known: BTreeSet<&str> = MODULES.iter().map(|(module, _)| *module).collect();
    for (module, allowed) in MODULES {
        for (path, text) in sources(module) {
            for used in paths_after(&text, "crate::") {
                if used == module || !known.contains(used.as_str()) {
                    continue;
                }
                assert!(allowed.contains(&used.as_str()), "{} uses `{used}`", path.display());
            }
        }
    }
}

#[test]
fn every_folder_is_a_module() {
    let known: BTreeSet<String> = MODULES.iter().map(|(module, _)| (*module).to_owned()).collect();
    let found: BTreeSet<String> = std::fs::read_dir("src")
        .expect("the sources")
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    assert_eq!(found, known);
}

/// A cycle of files is one file in several parts: none can be read without all others.
#[test]
fn no_files_of_cli_or_of_deploy_import_each_other_in_a_cycle() {
    for module in ["cli", "deploy"] {
        let mut open: std::collections::BTreeMap<String, BTreeSet<String>> = sources(module)
            .into_iter()
            .filter(|(path, _)| path.file_name().is_some_and(|name| name != "mod.rs"))
            .map(|(path, text)| (stem(&path), imports(&text, module)))
            .collect();
        assert!(open.values().any(|used| !used.is_empty()), "{module}: no import was found");
        // Files whose imports are all removed are not part of a cycle.
        loop {
            let left: BTreeSet<String> = open.keys().cloned().collect();
            let before = open.len();
            open.retain(|file, used| used.iter().any(|other| other != file && left.contains(other)));
            if open.len() == before {
                break;
            }
        }
        assert!(open.is_empty(), "src/{module} has import cycles among {:?}", open.keys());
    }
}

/// The files of the same module that a file imports, by name.
fn imports(text: &str, module: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut used: BTreeSet<String> = paths_after(code, "super::").into_iter().collect();
    used.extend(paths_after(code, &format!("crate::{module}::")));
    used
}

fn stem(path: &Path) -> String {
    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned()
}

#[test]
fn a_command_is_short_and_decides_nothing_about_data() {
    for (path, text) in sources("cli") {
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        assert!(lines <= 200, "{} has {lines} lines", path.display());
        // Only `deploy` decides whether data is lost, and which loss is accepted.
        for word in
            ["GUARD_DATA_LOSS", "StackApi", "DriftApi", "apply::execute", "apply::prepare", "apply::destroy"]
        {
            assert!(!text.contains(word), "{} has `{word}`", path.display());
        }
    }
}

/// Only the gate creates a plan that can be executed.
#[test]
fn approved_is_made_in_one_place() {
    for (module, _) in MODULES {
        for (path, text) in sources(module) {
            let made = text.contains("Approved {") && !text.contains("pub struct Approved<O> {");
            assert!(!made, "{} makes an `Approved`", path.display());
        }
    }
    let gate = std::fs::read_to_string("src/deploy/consent.rs").expect("the gate");
    assert_eq!(gate.matches("Ok(Approved {").count(), 1);
}

/// A file opened elsewhere is opened without the rules on what may be read: a pipe blocks it, a device fills the memory.
#[test]
fn only_input_opens_files_for_reading() {
    const CALLS: [&str; 7] = [
        "fs::read",
        "fs_err::read",
        "File::open",
        "read_to_string(path",
        ".read_dir(",
        "read_dir_utf8",
        "OpenOptions::new",
    ];
    // A file that is opened for writing or locking is not read.
    let others = ["src/local/lock.rs", "src/local/start.rs"];
    for (module, _) in MODULES.iter().filter(|(module, _)| !["input", "save"].contains(module)) {
        for (path, text) in sources(module) {
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let may = is_test(&path) || others.iter().any(|other| path.ends_with(other));
            for call in CALLS.iter().filter(|_| !may) {
                assert!(!code.contains(call), "{} has `{call}`", path.display());
            }
        }
    }
}

#[test]
fn every_crate_stays_in_its_modules() {
    for (module, _) in MODULES {
        for (path, text) in sources(module) {
            for (name, owners) in CRATES {
                let used = words(&text).any(|word| word.starts_with(&format!("{name}::")));
                assert!(!used || owners.contains(&module), "{} uses the crate `{name}`", path.display());
            }
            let aws = words(&text).any(|word| {
                word.starts_with("aws_sdk_")
                    || word.starts_with("aws_config")
                    || word.starts_with("aws_smithy")
            });
            assert!(!aws || module == "aws", "{} uses the AWS SDK", path.display());
        }
    }
}

/// A file that is written in another way can be left incomplete, or be written elsewhere through a link.
#[test]
fn only_save_writes_files() {
    // The lock has no content, and the local cloud writes the log.
    let others = ["src/local/lock.rs", "src/local/start.rs"];
    let modules = MODULES.iter().filter(|(module, _)| !["input", "save"].contains(module));
    for (path, text) in modules.flat_map(|(module, _)| sources(module)) {
        if others.iter().any(|other| path.ends_with(other)) || is_test(&path) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for call in
            ["fs::write(", "fs_err::write(", "File::create", "OpenOptions", "NamedTempFile", "fs::copy("]
        {
            assert!(!code.contains(call), "{} has `{call}`", path.display());
        }
    }
}

#[test]
fn the_processor_does_not_know_pipectl() {
    for (path, text) in files(Path::new("processor/src")) {
        assert!(!text.contains("pipectl::"), "{}", path.display());
    }
}

#[test]
fn only_report_prints_and_nothing_leaves_by_itself() {
    for (module, _) in MODULES {
        for (path, text) in sources(module) {
            for macro_name in [
                "println!",
                "eprintln!",
                "print!",
                "eprint!",
                "dbg!",
                "todo!",
                "unimplemented!",
                "process::exit",
            ] {
                assert!(!text.contains(macro_name), "{} has `{macro_name}`", path.display());
            }
        }
    }
}

#[test]
fn files_are_small_and_named_after_what_they_hold() {
    for root in ["src", "processor/src"] {
        // A module's tests may write files of their own.
        for (path, text) in files(Path::new(root)).into_iter().filter(|(path, _)| !is_test(path)) {
            let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
            // The codes are a table of similar entries.
            let most = if path.ends_with("diagnostic/code.rs") { 600 } else { 400 };
            assert!(lines <= most, "{} has {lines} lines", path.display());
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            assert!(
                !["utils", "helpers", "common", "manager", "types", "imp"].contains(&stem),
                "{}",
                path.display()
            );
        }
    }
}

/// A reader who opens a folder begins there.
#[test]
fn each_module_begins_with_what_it_is() {
    for (path, _) in ["src", "processor/src"].map(|root| files(Path::new(root))).concat() {
        if path.ends_with("mod.rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            assert!(text.starts_with("//! "), "{}", path.display());
        }
    }
}

/// The file names of a folder show what is production code.
#[test]
fn files_of_tests_are_called_so() {
    for (path, text) in ["src", "processor/src"].map(|root| files(Path::new(root))).concat() {
        for (index, _) in text.match_indices("#[cfg(test)]\nmod ") {
            let named = leading_name(&text[index + "#[cfg(test)]\nmod ".len()..]);
            assert_eq!(named, "tests", "{}", path.display());
        }
    }
}

#[test]
fn templates_never_switch_escaping_off() {
    let folders =
        ["src/render/stack", "src/preview"].map(|folder| std::fs::read_dir(folder).expect("a folder"));
    for entry in folders.into_iter().flatten() {
        let path = entry.expect("a template").path();
        if path.extension().is_none_or(|extension| extension != "j2") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let blank_free: String = text.split_whitespace().collect();
        assert!(!blank_free.contains("|safe") && !text.contains("autoescape"), "{}", path.display());
    }
}

fn sources(module: &str) -> Vec<(PathBuf, String)> {
    files(&Path::new("src").join(module))
}

/// Whether a file contains only tests: `tests.rs`, or in a folder `tests`.
fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|part| part.as_os_str() == "tests")
}

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("text");
            // Comments may mention anything.
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            found.push((path, code.join("\n")));
        }
    }
    found
}

/// The names that follow `prefix`, including those in braces.
fn paths_after(text: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (index, _) in text.match_indices(prefix) {
        let remainder = &text[index + prefix.len()..];
        match remainder.strip_prefix('{') {
            Some(group) => {
                let group = &group[..closing(group)];
                names.extend(group.split(['{', '}', ',']).map(|part| leading_name(part.trim())));
            }
            None => names.push(leading_name(remainder)),
        }
    }
    names
}

/// The end of the group that begins before the text.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    let end = text.char_indices().find(|(_, character)| {
        depth += i32::from(*character == '{') - i32::from(*character == '}');
        depth == 0
    });
    end.map_or(text.len(), |(index, _)| index)
}

fn leading_name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// Paths in code: `aws_config::Region`.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_' || character == ':'))
}
