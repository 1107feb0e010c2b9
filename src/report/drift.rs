use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::width::cut;
use super::{printable, style};
use crate::apply::{Drift, DriftState, ResourceDriftState};

/// Longer values are cut: a policy is a page.
const WIDEST: usize = 60;

const CHANGED: &str = "~ changed";
const DELETED: &str = "- deleted";
const NOT_READ: &str = "? not read";

/// The changes made without the stack, property by property.
#[must_use]
pub fn drift_text(drift: &Drift) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for resource in &drift.resources {
        let state = match resource.state {
            ResourceDriftState::Modified => CHANGED,
            ResourceDriftState::Deleted => DELETED,
            ResourceDriftState::Unknown => NOT_READ,
        };
        table.add_row([
            format!(" {state}"),
            printable(&resource.logical_id),
            printable(&resource.resource_type),
            printable(&resource.physical_id),
        ]);
        for property in &resource.properties {
            let value = |value: &Option<String>| value.as_deref().map_or("(absent)".to_owned(), short);
            table.add_row([
                String::new(),
                format!("  {}", printable(property.path.trim_start_matches('/'))),
                format!("expected {}", value(&property.expected)),
                format!("is {}", value(&property.actual)),
            ]);
        }
    }
    let mut text: String = table.to_string().lines().map(painted).collect();
    let words = match drift.state {
        DriftState::InSync => style::green("in sync: the stack is as it was deployed"),
        DriftState::Drifted => style::yellow(
            "drifted: the next rollback or update may undo the changes, or fail because of them",
        ),
        DriftState::Unknown => style::yellow("unknown: not everything could be read"),
    };
    if !drift.resources.is_empty() {
        text.push('\n');
    } else {
        text.clear();
    }
    text += &format!(" {} is {words}", drift.stack);
    if !drift.not_checked.is_empty() {
        text += &format!("\n {}", style::dim(&format!("not checked: {}", drift.not_checked.join(", "))));
    }
    text
}

/// A line of the table, with its state in colour: the table would count a colour's control codes as columns.
fn painted(line: &str) -> String {
    let line = line.trim_end();
    let state = [CHANGED, DELETED, NOT_READ].into_iter().find(|state| line.trim_start().starts_with(state));
    let painted = state.map(|state| match state {
        CHANGED => style::yellow(state),
        DELETED => style::red(state),
        _ => style::dim(state),
    });
    let painted = state.zip(painted).map(|(state, painted)| line.replacen(state, &painted, 1));
    painted.unwrap_or_else(|| line.to_owned()) + "\n"
}

fn short(value: &str) -> String {
    cut(&printable(value), WIDEST)
}

#[cfg(test)]
mod tests {
    use super::super::width::columns;
    use super::*;
    use crate::apply::{PropertyDrift, ResourceDrift};

    #[test]
    fn the_columns_line_up_for_all_colours_and_characters() {
        let resource = |state, logical_id: &str, properties| ResourceDrift {
            logical_id: logical_id.to_owned(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            physical_id: "東京".to_owned(),
            state,
            properties,
        };
        let property = PropertyDrift {
            path: "/Tags/東京".to_owned(),
            expected: Some("Ga\u{301}dansk".to_owned()),
            actual: None,
        };
        let drift = Drift {
            version: 1,
            stack: "walk-test".to_owned(),
            state: DriftState::Drifted,
            resources: vec![
                resource(ResourceDriftState::Modified, "Queue", vec![property]),
                resource(ResourceDriftState::Deleted, "DeadLetterQueue", Vec::new()),
                resource(ResourceDriftState::Unknown, "Log", Vec::new()),
            ],
            not_checked: Vec::new(),
        };
        let text = anstream::adapter::strip_str(&drift_text(&drift)).to_string();
        let column = |line: &str, word: &str| columns(&line[..line.find(word).expect(word)]);
        let lines: Vec<&str> = text.lines().collect();
        let first = [(0, "Queue"), (2, "DeadLetterQueue"), (3, "Log")];
        assert!(
            first.iter().all(|(line, word)| column(lines[*line], word) == column(lines[0], "Queue")),
            "{text}"
        );
        assert_eq!(column(lines[1], "Tags"), column(lines[0], "Queue") + 2, "{text}");
        let second = [(0, "AWS::"), (1, "expected"), (2, "AWS::"), (3, "AWS::")];
        assert!(
            second.iter().all(|(line, word)| column(lines[*line], word) == column(lines[0], "AWS::")),
            "{text}"
        );
        assert_eq!(column(lines[1], "is ("), column(lines[0], "東京"), "{text}");
    }
}
