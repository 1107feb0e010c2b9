use std::fmt::Write as _;

use super::plan::{cause_location, name, origin_words, property_name};
use super::{printable, shorten};
use crate::plan::{Action, Cause, Change, ChangeOrigin, Plan, Risk, StackAction};

/// Most characters of a comment on GitHub, less the text about what was left out.
const LIMIT: usize = 65_536 - 300;
/// Most characters of a value.
const VALUE: usize = 120;

/// A plan for a pull request: what loses data, a row per resource, and the properties collapsed.
#[must_use]
pub fn plan_markdown(plan: &Plan) -> String {
    let mut page = Page::default();
    let (stack, account, region) = (code(&plan.stack), code(&plan.account), code(&plan.region));
    page.add(&format!("### Plan for {stack} in account {account}, {region}\n\n"));
    if plan.action == StackAction::None {
        page.add("No changes: the stack is what the spec says.\n");
        return page.text;
    }
    for change in plan.changes.iter().filter(|change| change.risk == Risk::DataLoss) {
        let accept = code(&format!("--accept data-loss:{}", change.logical_id));
        let id = code(&change.logical_id);
        page.add(&format!(
            "> [!CAUTION]\n> {id} **loses data**: {}. Apply needs {accept}.\n\n",
            words(&change.why)
        ));
    }
    for change in &plan.changes {
        if let Some(obstacle) = &change.obstacle {
            let (id, reason) = (code(&change.logical_id), code(&obstacle.reason));
            page.add(&format!(
                "> [!WARNING]\n> {id}: AWS will refuse this, {reason}. Instead: {}.\n\n",
                words(&obstacle.help)
            ));
        }
    }
    page.add(&format!("{}\n\n", plan.count()));
    if let Some(updates) = plan.several_updates() {
        page.add(&format!("{}\n\n", words(&updates)));
    }
    if !plan.changes.is_empty() {
        page.add("| | Resource | Type | Risk | Because of |\n|---|---|---|---|---|\n");
        for action in [Action::Replace, Action::Remove, Action::Modify, Action::Adopt, Action::Add] {
            for change in plan.changes.iter().filter(|change| change.action == action) {
                page.add(&row(plan, change));
            }
        }
        page.add("\n");
    }
    properties(&mut page, plan);
    page.end()
}

fn row(plan: &Plan, change: &Change) -> String {
    let action = match change.action {
        Action::Add => "add",
        Action::Adopt => "adopt",
        Action::Modify => "modify",
        Action::Replace => "**replace**",
        Action::Remove => "**remove**",
    };
    let risk = match change.risk {
        Risk::None => words(&change.why),
        Risk::Interruption => format!("interruption: {}", words(&change.why)),
        Risk::DataLoss => format!("**data loss**: {}", words(&change.why)),
    };
    let (id, kind) = (code(&change.logical_id), code(&change.resource_type));
    format!("| {action} | {id} | {kind} | {risk} | {} |\n", because(plan, change))
}

/// Every reason of a resource's change once, in the spec's terms if there are any.
fn because(plan: &Plan, change: &Change) -> String {
    let own = (&change.cause, change.origin);
    let reasons = change.properties.iter().map(|property| (&property.cause, property.origin));
    let mut distinct: Vec<String> = Vec::new();
    for (causes, origin) in std::iter::once(own).chain(reasons) {
        let others = origin.filter(|_| causes.is_empty()).and_then(|origin| origin_words(plan, origin));
        for words in causes.iter().map(because_field).chain(others.map(|text| words(&text))) {
            if !distinct.contains(&words) {
                distinct.push(words);
            }
        }
    }
    distinct.join("<br>")
}

fn because_field(cause: &Cause) -> String {
    let (before, after) = shorten::field_pair(&cause.before, &cause.after, VALUE);
    let location =
        cause_location(cause).map(|location| format!(" at {}", code(&location))).unwrap_or_default();
    format!("{}: {} → {}{location}", code(&name(&cause.field)), code(&before), code(&after))
}

fn properties(page: &mut Page, plan: &Plan) {
    let total: usize = plan.changes.iter().map(|change| change.properties.len()).sum();
    if total == 0 {
        return;
    }
    page.open(&format!("<details><summary>Properties: {total}</summary>\n\n"), "\n</details>\n");
    page.add("| Resource | Property | Before | After |\n|---|---|---|---|\n");
    for change in &plan.changes {
        for property in &change.properties {
            let (before, after) = if property.origin == Some(ChangeOrigin::Replacement) {
                ("".to_owned(), shorten::one(&property.after, VALUE))
            } else {
                shorten::pair(&property.before, &property.after, 2 * VALUE)
            };
            let mark = if property.replaces { " **(replaces)**" } else { "" };
            let (id, name) = (code(&change.logical_id), code(&property_name(property)));
            page.add(&format!("| {id} | {name}{mark} | {} | {} |\n", code(&before), code(&after)));
        }
    }
}

/// The text, as long as it fits.
#[derive(Default)]
struct Page {
    text: String,
    left_out: usize,
    closing: &'static str,
}

impl Page {
    fn add(&mut self, part: &str) {
        // Rows after a gap would appear to belong to the text before it.
        if self.left_out > 0 || self.text.len() + part.len() + self.closing.len() > LIMIT {
            self.left_out += 1;
        } else {
            self.text.push_str(part);
        }
    }

    /// Begins a part that must be closed.
    fn open(&mut self, part: &str, closing: &'static str) {
        self.add(part);
        if self.left_out == 0 {
            self.closing = closing;
        }
    }

    fn end(mut self) -> String {
        self.text.push_str(self.closing);
        if self.left_out > 0 {
            let _ = write!(
                self.text,
                "\n**{} more lines are left out**, because a comment can have 65,536 characters: `pipectl plan --format json` shows all.\n",
                self.left_out
            );
        }
        self.text
    }
}

/// A foreign text as code: GitHub does not link mentions and issue numbers there.
fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<code>{}</code>", words(text)) }
}

/// A foreign text, escaped so that nothing in it is Markdown, HTML, a formula, an emoji, a link or the end of a cell.
fn words(text: &str) -> String {
    let text = printable(text);
    // The only kind of address that GitHub links without a colon or an at sign.
    let dots = !text.to_lowercase().contains("www.");
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        let plain = character.is_alphanumeric() || " ,;-/\"'{}()=+%?→…".contains(character);
        if plain || (character == '.' && dots) {
            safe.push(character);
        } else {
            let _ = write!(safe, "&#{};", u32::from(character));
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        let hostile =
            "|\\|`<img src=x>*_~[a](b)!@all #1 :smile: $x$ http://e.example &amp; \n> www.e.example";
        let safe = words(hostile);
        let without_entities: String = safe
            .split("&#")
            .map(|part| part.split_once(';').map_or(part, |(_, remainder)| remainder))
            .collect();
        for sign in
            ["|", "\\", "`", "<", ">", "*", "_", "~", "[", "]", "!", "@", "#", ":", "$", "&", "\n", "www."]
        {
            assert!(!without_entities.contains(sign), "{sign}: {safe}");
        }
        assert_eq!(words("specs/prod.yaml"), "specs/prod.yaml");
        assert_eq!(code(""), "");
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let mut page = Page::default();
        page.open("<details>\n", "</details>\n");
        for _ in 0..10_000 {
            page.add("| a line of a table |\n");
        }
        let text = page.end();
        assert!(text.len() <= 65_536 && text.len() > 60_000, "{}", text.len());
        let note = text.split("</details>\n").nth(1).expect("the words after what was cut");
        let left_out: usize =
            note.split("**").nth(1).and_then(|words| words.split(' ').next()?.parse().ok()).expect("a count");
        assert_eq!(left_out + text.matches("a line").count(), 10_000);
    }
}
