use processor::pointer::unescaped;
use std::fmt::Write as _;

use super::width::{columns, end, padded, wrapped};
use super::{printable, shorten, style};
use crate::plan::{Action, Cause, Change, ChangeOrigin, Plan, PropertyChange, Risk, StackAction};
use crate::validate::dotted;

/// Characters of a line: longer text is shortened, and the JSON form has all of it.
const WIDTH: usize = 80;

const GROUPS: [(Action, &str); 5] = [
    (Action::Add, "+"),
    (Action::Adopt, "↳"),
    (Action::Modify, "~"),
    (Action::Replace, "±"),
    (Action::Remove, "-"),
];

/// A plan for people: resources by action, each with its properties and reasons, then the count.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    if plan.action == StackAction::None {
        let _ = writeln!(text, "{}: stack {} is what the spec says", style::green("no changes"), plan.stack);
        return text;
    }
    let width =
        plan.changes.iter().map(|change| columns(&printable(&change.logical_id))).max().unwrap_or(0).min(40);
    for (action, sign) in GROUPS {
        let changes: Vec<&Change> = plan.changes.iter().filter(|change| change.action == action).collect();
        if changes.is_empty() {
            continue;
        }
        let paint = match action {
            Action::Add => style::green,
            Action::Adopt => style::cyan,
            Action::Modify => style::yellow,
            Action::Replace | Action::Remove => style::red,
        };
        let _ = writeln!(text, "{}", paint(action.word()));
        for alike in alike(&changes) {
            write_change(&mut text, plan, &alike, &paint(sign), width);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{}", summary(plan));
    for line in plan.several_updates().iter().flat_map(|updates| wrapped(&printable(updates), WIDTH)) {
        let _ = writeln!(text, "{}", style::cyan(&line));
    }
    text
}

/// Groups of changes that are reported as one: a tag that changes every resource would hide the others.
fn alike<'a>(changes: &[&'a Change]) -> Vec<Vec<&'a Change>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in changes {
        let plain = change.risk == Risk::None && change.why.is_empty() && !change.properties.is_empty();
        let same = |group: &&mut Vec<&Change>| {
            plain && group[0].why.is_empty() && group[0].properties == change.properties
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    groups
}

fn write_change(text: &mut String, plan: &Plan, alike: &[&Change], sign: &str, width: usize) {
    let [change, others @ ..] = alike else { return };
    if others.is_empty() {
        write_head(text, change, sign, width);
    } else {
        let ids: Vec<String> = alike.iter().map(|change| printable(&change.logical_id)).collect();
        for (index, line) in wrapped(&ids.join(", "), WIDTH - 4).iter().enumerate() {
            let _ = writeln!(text, "  {} {line}", if index == 0 { sign } else { " " });
        }
    }
    let why = |words: &str, paint: fn(&str) -> String, text: &mut String| {
        for line in wrapped(&printable(words), WIDTH - 6) {
            let _ = writeln!(text, "      {}", paint(&line));
        }
    };
    match change.risk {
        Risk::None if change.why.is_empty() => {}
        Risk::None => why(&change.why, style::cyan, text),
        Risk::Interruption => why(&format!("interruption: {}", change.why), style::yellow, text),
        Risk::DataLoss => why(&format!("data loss: {}", change.why), style::red, text),
    }
    if let Some(obstacle) = &change.obstacle {
        why(&format!("AWS will refuse this: {}", obstacle.reason), style::red, text);
        why(&format!("instead: {}", obstacle.help), style::cyan, text);
    }
    write_causes(text, plan, &change.cause, change.origin);
    // Properties for scanners only matter if nothing else changes.
    let of_scanners = |property: &&PropertyChange| property.path.starts_with("/Metadata");
    let only_scanners = change.properties.iter().all(|property| of_scanners(&property));
    let properties: Vec<&PropertyChange> =
        change.properties.iter().filter(|property| only_scanners || !of_scanners(property)).collect();
    let mut shown_reasons: Vec<(&[Cause], Option<ChangeOrigin>)> = Vec::new();
    for property in &properties {
        let reason = (property.cause.as_slice(), property.origin);
        if shown_reasons.contains(&reason) {
            continue;
        }
        shown_reasons.push(reason);
        write_causes(text, plan, &property.cause, property.origin);
        let indent = if property.origin.is_some() { 8 } else { 6 };
        for property in properties.iter().filter(|other| (other.cause.as_slice(), other.origin) == reason) {
            write_property(text, property, indent);
        }
    }
}

fn write_head(text: &mut String, change: &Change, sign: &str, width: usize) {
    let id = printable(&change.logical_id);
    let kind = printable(&change.resource_type);
    let used = 6 + columns(&id).max(width) + columns(&kind);
    let name = change.physical_id.as_deref().map(printable).filter(|_| used + 12 < WIDTH);
    let name = name.map(|name| format!("  {}", end(&name, WIDTH - used - 2))).unwrap_or_default();
    let _ = writeln!(text, "  {sign} {}  {}{}", padded(&id, width), style::dim(&kind), style::dim(&name));
}

fn write_causes(text: &mut String, plan: &Plan, causes: &[Cause], origin: Option<ChangeOrigin>) {
    for cause in causes {
        let location = cause_location(cause).map(|location| end(&printable(&location), WIDTH - 8));
        let field = end(&printable(&name(&cause.field)), WIDTH / 2);
        let used = 6 + columns(&field) + 2 + 3;
        let beside = location.as_ref().map(|location| used + 3 + columns(location));
        // If a path leaves too little space for the values, they are below it.
        let below = beside.is_some_and(|beside| beside + 24 > WIDTH);
        let (before, after) = shorten::field_pair(
            &cause.before,
            &cause.after,
            width_after(beside.filter(|_| !below).unwrap_or(used)),
        );
        let _ = write!(text, "      {}: {before} → {after}", style::cyan(&field));
        let location = location.map(|location| style::dim(&location));
        let _ = match location {
            Some(location) if below => writeln!(text, "\n        {location}"),
            Some(location) => writeln!(text, "   {location}"),
            None => writeln!(text),
        };
    }
    if let Some(words) = origin.filter(|_| causes.is_empty()).and_then(|origin| origin_words(plan, origin)) {
        let _ = writeln!(text, "      {}", style::dim(&words));
    }
}

fn write_property(text: &mut String, property: &PropertyChange, indent: usize) {
    let path = printable(&property_name(property));
    let path = end(&path, WIDTH / 2);
    let mark = if property.replaces { " (replaces)" } else { "" };
    let used = indent + columns(&path) + 2 + 3 + mark.len();
    let mark = if mark.is_empty() { String::new() } else { style::red(mark) };
    if property.origin == Some(ChangeOrigin::Replacement) {
        let _ = writeln!(
            text,
            "{:indent$}{path}: {}{mark}",
            "",
            shorten::one(&property.after, width_after(used))
        );
        return;
    }
    let (before, after) = shorten::pair(&property.before, &property.after, width_after(used));
    let _ = writeln!(text, "{:indent$}{path}: {before} → {after}{mark}", "");
}

/// A deep path leaves little space; the minimum still shows a difference.
fn width_after(used: usize) -> usize {
    WIDTH.saturating_sub(used).max(16)
}

/// `specs/prod.yaml:18`.
pub(super) fn cause_location(cause: &Cause) -> Option<String> {
    Some(format!("{}:{}", cause.file.as_ref()?, cause.line?))
}

/// CloudFormation's name of a property, such as `RedrivePolicy.maxReceiveCount`.
pub(super) fn property_name(property: &PropertyChange) -> String {
    name(property.path.strip_prefix("/Properties").unwrap_or(&property.path))
}

/// A JSON pointer in dotted form: `deploy.tags.team`.
pub(super) fn name(pointer: &str) -> String {
    unescaped(&dotted(pointer))
}

/// The cause of a change that no field of the spec caused.
pub(super) fn origin_words(plan: &Plan, origin: ChangeOrigin) -> Option<String> {
    let versions = plan.made_by.as_ref().filter(|versions| versions.before != versions.after);
    let versions = versions
        .map(|versions| format!(" ({} → {})", printable(&versions.before), versions.after))
        .unwrap_or_default();
    Some(match origin {
        ChangeOrigin::Spec => return None,
        ChangeOrigin::Pipectl => format!("pipectl's own templates changed{versions}"),
        ChangeOrigin::OwnTemplates => "your templates or added resources changed".to_owned(),
        ChangeOrigin::Templates => format!("the templates changed{versions}"),
        ChangeOrigin::Processor => "the processor's code".to_owned(),
        ChangeOrigin::Replacement => "the resource it belongs to is replaced".to_owned(),
    })
}

fn summary(plan: &Plan) -> String {
    let of = |risk| plan.changes.iter().filter(|change| change.risk == risk).count();
    let lost = format!("{} with data loss", of(Risk::DataLoss));
    let interrupted = format!("{} with an interruption", of(Risk::Interruption));
    let mut risks = Vec::new();
    if of(Risk::DataLoss) > 0 {
        risks.push(style::red(&lost));
    }
    if of(Risk::Interruption) > 0 {
        risks.push(style::yellow(&interrupted));
    }
    let risks = if risks.is_empty() { String::new() } else { format!("\n{}", risks.join(", ")) };
    format!("{}{risks}", plan.count())
}
