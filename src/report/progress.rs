//! The resources of one operation as a moving display: what is being done, since when, and what waits for what.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::width::{cut, padded};
use super::{printable, style};
use crate::apply::DeployEvent;

/// Rows of the display: it must leave space for the previous lines.
const ROWS: usize = 10;
/// Columns of a resource's name.
const NAME: usize = 24;

/// The known state of a running operation.
#[derive(Debug, Clone)]
pub struct StackProgress {
    begun: Instant,
    former: Option<Duration>,
    /// Changing resources, with the changing resources that each must wait for.
    waiting: BTreeMap<String, BTreeSet<String>>,
    running: BTreeMap<String, (String, Instant)>,
    done: usize,
    /// The stack's own state, unless it is the normal one.
    turn: Option<String>,
}

impl StackProgress {
    /// `changing`: the resources that change, with all the resources each refers to.
    #[must_use]
    pub fn new(mut changing: BTreeMap<String, BTreeSet<String>>, now: Instant) -> Self {
        let ids: BTreeSet<String> = changing.keys().cloned().collect();
        for needs in changing.values_mut() {
            needs.retain(|id| ids.contains(id));
        }
        Self { begun: now, former: None, waiting: changing, running: BTreeMap::new(), done: 0, turn: None }
    }

    /// Adds an event.
    pub fn see(&mut self, event: &DeployEvent, now: Instant) {
        match event {
            DeployEvent::Started { former_seconds, .. } => {
                self.former = former_seconds.map(Duration::from_secs)
            }
            DeployEvent::Resource { resource_type, state, .. }
                if resource_type == "AWS::CloudFormation::Stack" =>
            {
                self.turn = state.contains("ROLLBACK").then(|| plain(state));
            }
            DeployEvent::Resource { logical_id, state, .. } if state.ends_with("_IN_PROGRESS") => {
                self.waiting.remove(logical_id);
                let doing = plain(state.trim_end_matches("_IN_PROGRESS"));
                // A second event of the same step only adds a reason.
                self.running
                    .entry(logical_id.clone())
                    .and_modify(|(known, _)| known.clone_from(&doing))
                    .or_insert((doing, now));
            }
            DeployEvent::Resource { logical_id, .. } => {
                self.waiting.remove(logical_id);
                for needs in self.waiting.values_mut() {
                    needs.remove(logical_id);
                }
                self.running.remove(logical_id);
                self.done += 1;
            }
            _ => {}
        }
    }

    /// The display; its first line is a summary. Each line fits into `width` columns.
    #[must_use]
    pub fn lines(&self, now: Instant, width: usize) -> Vec<String> {
        let total = self.done + self.running.len() + self.waiting.len();
        let mut head = format!("{} of {total}, {}", self.done, words(now - self.begun));
        if let Some(former) = self.former {
            head.push_str(&format!(", the last update took {}", words(former)));
        }
        if let Some(turn) = &self.turn {
            head = format!("{turn}: {head}");
        }
        let mut lines = vec![cut(&head, width)];
        let running = self.running.iter().map(|(id, (doing, since))| {
            cut(&format!("    {} {doing} {}", padded(&printable(id), NAME), words(now - *since)), width)
        });
        let waiting = self.waiting.iter().filter(|(_, needs)| !needs.is_empty()).map(|(id, needs)| {
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            let line =
                format!("    {} waits for {}", padded(&printable(id), NAME), printable(&needs.join(", ")));
            style::dim(&cut(&line, width))
        });
        let rows: Vec<String> = running.chain(waiting).collect();
        let more = rows.len().saturating_sub(ROWS);
        lines.extend(rows.into_iter().take(ROWS));
        if more > 0 {
            lines.push(style::dim(&format!("    and {more} more")));
        }
        lines
    }
}

/// `UPDATE_ROLLBACK_IN_PROGRESS` → `update rollback in progress`.
fn plain(state: &str) -> String {
    printable(&state.to_lowercase().replace('_', " "))
}

fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 100 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: &str, state: &str) -> DeployEvent {
        DeployEvent::Resource {
            logical_id: id.to_owned(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            state: state.to_owned(),
            reason: None,
            seconds: None,
        }
    }

    fn changing(needs: &[(&str, &[&str])]) -> BTreeMap<String, BTreeSet<String>> {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        needs.iter().map(|(id, names)| ((*id).to_owned(), set(names))).collect()
    }

    #[test]
    fn what_runs_and_what_waits_for_it_is_shown() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let needs = changing(&[("Queue", &[]), ("Role", &["Elsewhere"]), ("Processor", &["Role", "Queue"])]);
        let mut progress = StackProgress::new(needs, begun);
        let started = DeployEvent::Started { stack: "s".to_owned(), former_seconds: Some(130) };
        for event in
            [started, resource("Queue", "CREATE_IN_PROGRESS"), resource("Role", "CREATE_IN_PROGRESS")]
        {
            progress.see(&event, at(0));
        }
        progress.see(&resource("Queue", "CREATE_COMPLETE"), at(4));
        let lines: Vec<String> = progress
            .lines(at(5), 80)
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect();
        assert_eq!(
            lines,
            [
                "1 of 3, 5 s, the last update took 2 min 10 s",
                "    Role                     create 5 s",
                "    Processor                waits for Role",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_and_many_resources_keep_the_picture_small() {
        let begun = Instant::now();
        let names: Vec<String> = (0..40).map(|number| format!("Resource{number}")).collect();
        let mut progress = StackProgress::new(BTreeMap::new(), begun);
        for name in &names {
            progress.see(&resource(name, "CREATE_IN_PROGRESS"), begun);
        }
        let lines = progress.lines(begun, 20);
        assert_eq!(lines.len(), ROWS + 2);
        assert!(
            lines.iter().all(|line| anstream::adapter::strip_str(line).to_string().chars().count() <= 20)
        );
    }
}
