//! What a page of the documentation shows of pipectl: commands with their output, and the files that a reader writes and
//! edits.

use std::io::Read as _;
use std::path::Path;
use std::process::Command;

/// One action of a reader of the page.
pub(crate) enum Step {
    /// A line after `$` in a block `console`, and the lines below it.
    Command { typed: String, shown: String },
    /// A block with a `title`.
    File { name: String, text: String },
    /// A block `diff` with a `title`: each `-` line becomes the `+` line of its place.
    Edit { name: String, removed: Vec<String>, added: Vec<String> },
}

/// The steps of a page, in order.
pub(crate) fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let title = info.split_once(" title=").map(|(_, title)| title.trim_matches('"').to_owned());
        match (info.split(' ').next(), title) {
            (Some("console"), _) => steps.extend(commands(&block)),
            (Some("diff"), Some(name)) => {
                let of = |sign: char| {
                    block.iter().filter_map(|line| line.strip_prefix(sign).map(str::to_owned)).collect()
                };
                steps.push(Step::Edit { name, removed: of('-'), added: of('+') });
            }
            (_, Some(name)) => steps.push(Step::File { name, text: block.join("\n") + "\n" }),
            _ => {}
        }
    }
    steps
}

fn commands(block: &[&str]) -> Vec<Step> {
    let mut commands = Vec::new();
    for line in block {
        if let Some(typed) = line.strip_prefix("$ ") {
            commands.push(Step::Command { typed: typed.to_owned(), shown: String::new() });
        } else if let Some(Step::Command { shown, .. }) = commands.last_mut() {
            shown.push_str(line);
            shown.push('\n');
        }
    }
    commands
}

/// Does what a reader does in `folder`. `program` creates the command for the words after `pipectl`.
pub(crate) fn follow(page: &str, folder: &Path, program: impl Fn(&[&str]) -> Command) -> usize {
    let mut count = 0;
    for step in steps(page) {
        match step {
            Step::Command { typed, shown } => {
                let mut words = typed.split_whitespace();
                assert_eq!(words.next(), Some("pipectl"), "`{typed}`");
                let printed = printed(program(&words.collect::<Vec<_>>()));
                let (shown, printed) = (normal(&shown), normal(&printed));
                let (prints, shows) = (printed.join("\n"), shown.join("\n"));
                assert!(matches(&shown, &printed), "`{typed}` prints:\n{prints}\nthe page shows:\n{shows}");
                count += 1;
            }
            Step::File { name, text } => fs_err::write(folder.join(name), text).expect("a written file"),
            Step::Edit { name, removed, added } => {
                let mut text = fs_err::read_to_string(folder.join(&name)).expect("a file of the page");
                assert_eq!(removed.len(), added.len(), "an edit of {name}");
                for (old, new) in removed.iter().zip(added) {
                    assert_eq!(text.matches(old.as_str()).count(), 1, "`{old}` in {name}");
                    text = text.replace(old.as_str(), &new);
                }
                fs_err::write(folder.join(name), text).expect("a written file");
            }
        }
    }
    count
}

/// The terminal's output: stdout and stderr as they arrive.
fn printed(mut command: Command) -> String {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut child =
        command.stdout(writer.try_clone().expect("a pipe")).stderr(writer).spawn().expect("pipectl runs");
    // The command also has the writing ends open.
    drop(command);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("UTF-8");
    child.wait().expect("an end");
    text
}

/// The lines without empty ones, runs of digits as `0`, without durations in brackets, runs of blanks as one.
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

/// A line `…` on the page matches any lines.
fn matches(shown: &[String], printed: &[String]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((first, remainder)), _) if first == "…" => {
            (0..=printed.len()).any(|skip| matches(remainder, &printed[skip..]))
        }
        (Some((first, remainder)), Some((line, later))) => first == line && matches(remainder, later),
        _ => false,
    }
}
