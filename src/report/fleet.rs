use jiff::Timestamp;
use serde_json::{Value, json};

use super::history::caller;
use super::width::{columns, padded};
use super::{printable, style};
use crate::deploy::{Fleet, Listed, Unread};

/// Between two columns.
const GAP: &str = "  ";
const HEAD: [&str; 10] = [
    "stack",
    "environment",
    "region",
    "state",
    "production",
    "pipectl",
    "processor",
    "contract",
    "applied (UTC)",
    "by",
];
/// The column of the state.
const STATE: usize = 3;
/// Shown for an unknown value.
const UNKNOWN: &str = "-";
/// Digits of a digest.
const DIGITS: usize = 8;

/// The stacks in a table, or in several lines each if it would not fit into the terminal's columns.
#[must_use]
pub fn fleet_text(fleet: &Fleet, available: Option<usize>) -> String {
    let rows: Vec<[String; 10]> = fleet.stacks.iter().map(cells).collect();
    let width = |index: usize| {
        let cells = rows.iter().map(|row| columns(&row[index]));
        cells.chain([HEAD[index].len()]).max().unwrap_or_default()
    };
    let widths: [usize; 10] = std::array::from_fn(width);
    let whole = GAP.len() * HEAD.len() + widths.iter().sum::<usize>();
    if available.is_none_or(|available| whole <= available) {
        let head = style::dim(&line(&HEAD.map(str::to_owned), &widths, |_, text| text.to_owned()));
        let rows = fleet.stacks.iter().zip(&rows).map(|(stack, row)| {
            line(
                row,
                &widths,
                |index, text| if index == STATE { state(stack, text) } else { text.to_owned() },
            )
        });
        return std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n");
    }
    let available = available.unwrap_or(usize::MAX);
    let rows = fleet.stacks.iter().zip(&rows).map(|(stack, row)| in_lines(stack, row, &widths, available));
    rows.collect::<Vec<_>>().join("\n")
}

fn line(row: &[String; 10], widths: &[usize; 10], paint: impl Fn(usize, &str) -> String) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let is_last = index + 1 == row.len();
        let padding = if is_last { 0 } else { width.saturating_sub(columns(cell)) };
        line.push_str(&format!("{GAP}{}{:padding$}", paint(index, cell), ""));
    }
    line
}

/// The stack in one line, and its details below.
fn in_lines(stack: &Listed, row: &[String; 10], widths: &[usize; 10], available: usize) -> String {
    let [name, environment, region, status, production, pipectl, processor, contract, applied, by] = row;
    let [first, second, third, ..] = *widths;
    let mark = if production == "yes" { style::yellow("  production") } else { String::new() };
    let made = format!("    pipectl {pipectl}, processor {processor}, contract {contract}");
    let last = format!("applied {applied} UTC by {by}");
    let fits = columns(&made) + 2 + columns(&last) <= available;
    let below = if fits { format!("{made}, {last}") } else { format!("{made}\n    {last}") };
    format!(
        "{GAP}{}{GAP}{}{GAP}{}{GAP}{}{mark}\n{}",
        padded(name, first),
        padded(environment, second),
        padded(region, third),
        state(stack, status),
        style::dim(&below)
    )
}

fn state(stack: &Listed, text: &str) -> String {
    match (stack.is_success, stack.is_stuck) {
        (true, _) => style::green(text),
        (false, true) => style::red(text),
        (false, false) => style::yellow(text),
    }
}

fn cells(stack: &Listed) -> [String; 10] {
    let known = |text: Option<String>| text.map_or_else(|| UNKNOWN.to_owned(), |text| printable(&text));
    let production = stack.production.map(|yes| if yes { "yes" } else { "no" }.to_owned());
    let last = stack.last_apply.as_ref();
    [
        printable(&stack.name),
        printable(&stack.environment),
        printable(&stack.region),
        printable(&stack.state),
        known(production),
        known(stack.pipectl.clone()),
        known(stack.processor.as_ref().map(|digest| digest.chars().take(DIGITS).collect())),
        known(stack.contract.map(|version| version.to_string())),
        known(moment(stack)),
        known(last.map(|last| caller(&last.by).to_owned())),
    ]
}

/// The time of the last apply; without a record of it, the start of the last operation.
fn moment(stack: &Listed) -> Option<String> {
    let recorded = stack.last_apply.as_ref().and_then(|last| last.at.parse::<Timestamp>().ok());
    let changed = stack.changed_at.and_then(|at| Timestamp::from_second(at).ok());
    Some(recorded.or(changed)?.strftime("%Y-%m-%d %H:%M").to_string())
}

/// The stacks for programs. Public JSON shape.
#[must_use]
pub fn fleet_json(fleet: &Fleet) -> String {
    let stacks: Vec<Value> = fleet.stacks.iter().map(stack_json).collect();
    let unread: Vec<Value> = fleet.unread.iter().map(unread_json).collect();
    json!({"version": 1, "stacks": stacks, "unread": unread}).to_string()
}

fn stack_json(stack: &Listed) -> Value {
    let changed = stack.changed_at.and_then(|at| Timestamp::from_second(at).ok());
    json!({
        "name": stack.name, "pipeline": stack.pipeline, "environment": stack.environment, "region": stack.region,
        "account": stack.account, "state": stack.state, "production": stack.production,
        "pipectl": stack.pipectl, "processor": stack.processor, "contract": stack.contract,
        "changed_at": changed.map(|at| at.to_string()),
        "last_apply": stack.last_apply.as_ref().map(|last| {
            json!({"at": last.at, "by": last.by, "result": last.result})
        }),
    })
}

fn unread_json(unread: &Unread) -> Value {
    json!({
        "region": unread.region, "stacks": unread.stacks, "code": unread.diagnostic.code.name,
        "reason": unread.diagnostic.message, "help": unread.diagnostic.help,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::LastDeploy;

    fn listed(name: &str) -> Listed {
        Listed {
            name: name.to_owned(),
            pipeline: "orders".to_owned(),
            environment: "prod".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111122223333".to_owned(),
            state: "UPDATE_COMPLETE".to_owned(),
            is_success: true,
            is_stuck: false,
            pipectl: Some("0.1.0".to_owned()),
            processor: Some("0a1b2c3d4e5f".to_owned()),
            contract: Some(2),
            production: Some(true),
            last_apply: Some(LastDeploy {
                at: "2026-11-27T10:00:59.5Z".to_owned(),
                by: "arn:aws:sts::111122223333:assumed-role/deployer/ada".to_owned(),
                result: "updated".to_owned(),
            }),
            changed_at: Some(0),
        }
    }

    fn shown(stacks: Vec<Listed>, columns: Option<usize>) -> String {
        let fleet = Fleet { stacks, unread: Vec::new() };
        anstream::adapter::strip_str(&fleet_text(&fleet, columns)).to_string()
    }

    #[test]
    fn a_table_lines_up_and_what_does_not_fit_has_lines_of_its_own() {
        let unknown = Listed {
            pipectl: None,
            processor: None,
            contract: None,
            production: None,
            last_apply: None,
            ..listed("b")
        };
        let stacks = vec![listed("orders-prod"), unknown];
        let table = shown(stacks.clone(), None);
        let lines: Vec<&str> = table.lines().collect();
        for column in ["region", "state", "applied"] {
            let at = lines[0].find(column).expect("a column");
            assert!(lines.iter().all(|line| &line[at - 1..at] == " " && &line[at..=at] != " "), "{table}");
        }
        assert!(
            lines[1].ends_with("yes         0.1.0    0a1b2c3d   2         2026-11-27 10:00  deployer/ada")
        );
        assert!(
            lines[2].ends_with("-           -        -          -         1970-01-01 00:00  -"),
            "{table}"
        );
        assert_eq!(shown(stacks.clone(), Some(140)), table);
        let narrow = shown(stacks, Some(80));
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        assert!(narrow.starts_with(
            "  orders-prod  prod         eu-west-1  UPDATE_COMPLETE  production\n    pipectl 0.1.0,"
        ));
    }

    /// Anyone may write any text into tags and records.
    #[test]
    fn hostile_names_steer_nothing() {
        let hostile = "x\u{1b}[2J\n\u{202e}y";
        let stack = Listed {
            environment: hostile.to_owned(),
            pipectl: Some(hostile.to_owned()),
            last_apply: Some(LastDeploy {
                at: hostile.to_owned(),
                by: hostile.to_owned(),
                result: String::new(),
            }),
            ..listed(hostile)
        };
        for columns in [None, Some(80)] {
            let text = shown(vec![stack.clone()], columns);
            assert!(text.chars().all(|one| one == '\n' || crate::diagnostic::is_visible(one)), "{text:?}");
        }
        let read: Value =
            serde_json::from_str(&fleet_json(&Fleet { stacks: vec![stack], unread: Vec::new() })).unwrap();
        assert_eq!((&read["version"], &read["stacks"][0]["environment"]), (&1.into(), &hostile.into()));
    }
}
