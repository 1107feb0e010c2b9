//! The README's session is run, and must print what the page shows: numbers may differ, words may not.

use std::io::Read as _;
use std::process::Command;

use crate::cloud::Cloud;

#[test]
fn the_session_in_the_readme_is_what_pipectl_prints() {
    let cloud = Cloud::new();
    let readme = include_str!("../../README.md");
    let mut sessions = 0;
    for (command, shown) in commands(readme) {
        sessions += 1;
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let printed = printed(cloud.typed(&arguments));
        let (shown, printed) = (normal(&shown), normal(&printed));
        assert!(
            matches(&shown, &printed),
            "`{command}` prints:\n{}\nthe README shows:\n{}",
            printed.join("\n"),
            shown.join("\n")
        );
    }
    assert!(sessions >= 4, "the README has a session");
    assert!(readme.lines().count() < 200, "the README stays short");
}

/// What a terminal would show: stdout and stderr as they come.
fn printed(mut command: Command) -> String {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut child =
        command.stdout(writer.try_clone().expect("a pipe")).stderr(writer).spawn().expect("pipectl runs");
    // The command holds the writing ends too.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("UTF-8");
    child.wait().expect("an end");
    text
}

/// Each command of the page's console blocks with what is shown below it.
fn commands(page: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if inside && let Some(command) = line.strip_prefix("$ ") {
            commands.push((command.to_owned(), String::new()));
        } else if inside && let Some((_, shown)) = commands.last_mut() {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    commands
}

/// Lines without empty ones, runs of digits as `0`, durations in brackets gone, runs of blanks as one.
fn normal(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let mut normal = String::new();
            for word in line.split_whitespace() {
                let mut last_digit = false;
                for character in word.chars() {
                    let digit = character.is_ascii_digit();
                    if !(digit && last_digit) {
                        normal.push(if digit { '0' } else { character });
                    }
                    last_digit = digit;
                }
                normal.push(' ');
            }
            normal.replace("(0.0 s)", "").replace("0.0 s", "0 s").trim().to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect()
}

/// A line `…` on the page stands for any lines.
fn matches(shown: &[String], printed: &[String]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "…" => {
            (0..=printed.len()).any(|skip| matches(rest, &printed[skip..]))
        }
        (Some((first, rest)), Some((line, later))) => first == line && matches(rest, later),
        _ => false,
    }
}
