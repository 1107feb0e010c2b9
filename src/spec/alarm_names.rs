//! The names of all alarms of a spec, by the rows of `alarm_list`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{ALARMS, AlarmRow, Each, FAST_BURN, INDEX_THROTTLES, Names, SLOW_BURN, Spec};

/// The alarms' names by their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AlarmNames(BTreeMap<&'static str, String>);

impl AlarmNames {
    /// `of` returns the default name for its middle part.
    pub(super) fn new(in_spec: &Names, of: impl Fn(&str) -> String) -> Self {
        let name = |row: &AlarmRow| {
            let in_spec = row.named.and_then(|named| (named.in_spec)(in_spec));
            in_spec.cloned().unwrap_or_else(|| of(&row.key.replace('_', "-")))
        };
        Self(ALARMS.iter().map(|row| (row.key, name(row))).collect())
    }

    #[must_use]
    pub fn name(&self, row: &AlarmRow) -> &str {
        self.0.get(row.key).map(String::as_str).unwrap_or_default()
    }

    /// The row of the alarm of this name; `None` if it is not one of pipectl's own.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&'static AlarmRow> {
        let exact = ALARMS.iter().find(|row| self.name(row) == name);
        // Those of one rule, index or window have its key after the name.
        let several = |row: &&AlarmRow| {
            let after = name.strip_prefix(self.name(row));
            row.each != Each::One && after.is_some_and(|after| after.starts_with('-'))
        };
        exact.or_else(|| ALARMS.iter().find(several))
    }

    /// The names of the alarms on the long and the short window of a burn, which do not notify by themselves.
    #[must_use]
    pub fn windows(burn: &str) -> [String; 2] {
        ["long", "short"].map(|window| format!("{burn}-{window}"))
    }

    /// The names of those on one window of either burn.
    #[must_use]
    pub fn window_alarms(&self) -> Vec<String> {
        [FAST_BURN, SLOW_BURN].iter().flat_map(|burn| Self::windows(self.name(burn))).collect()
    }
}

impl Spec {
    /// Whether an alarm's settings, or the service level, enable it.
    #[must_use]
    pub fn switches_on(&self, row: &AlarmRow) -> bool {
        match row.field {
            Some(field) => self.alarms.settings().get(field).is_some_and(Option::is_some),
            None => self.slo.is_some(),
        }
    }

    /// The names of the enabled alarms that notify, in the order of their fields.
    #[must_use]
    pub fn alarm_names(&self) -> Vec<String> {
        self.alarms_on().into_iter().map(|(_, name)| name).collect()
    }

    /// The names of the alarms on one window of the service level, which do not notify.
    pub(super) fn window_alarms(&self) -> Vec<String> {
        self.slo.as_ref().map(|_| self.resolved_names().alarms.window_alarms()).unwrap_or_default()
    }

    /// The alarms that notify, each with the field under `names` that sets its name, if there is one.
    pub(super) fn alarms_on(&self) -> Vec<(Option<&'static str>, String)> {
        let names = self.resolved_names().alarms;
        let rows: Vec<&AlarmRow> = ALARMS.iter().filter(|row| self.switches_on(row)).collect();
        let of_each = |each: Each, keys: BTreeSet<String>| {
            let rows: Vec<&AlarmRow> = rows.iter().copied().filter(|row| row.each == each).collect();
            let named = |key: String| {
                rows.iter().map(|row| (None, format!("{}-{key}", names.name(row)))).collect::<Vec<_>>()
            };
            keys.into_iter().flat_map(named).collect::<Vec<_>>()
        };
        let has_status_index = self.table.status_index.is_on();
        let (burns, plain): (Vec<&AlarmRow>, Vec<&AlarmRow>) =
            rows.iter().copied().partition(|row| row.each == Each::Window);
        let itself = |row: &AlarmRow| (row.named.map(|named| named.field), names.name(row).to_owned());
        let plain = plain.into_iter().filter(|row| row.each != Each::Index || has_status_index);
        let mut on: Vec<_> = plain.map(itself).collect();
        on.extend(of_each(Each::Index, self.index_keys()));
        on.extend(burns.into_iter().map(itself));
        on.extend(of_each(Each::Rule, self.rule_keys()));
        on
    }

    /// The names of the further indexes, each with that of the alarm on its throttled writes; empty if it is off.
    #[must_use]
    pub fn index_alarms(&self) -> Vec<(String, String)> {
        if !self.switches_on(&INDEX_THROTTLES) {
            return Vec::new();
        }
        let names = self.resolved_names().alarms;
        let alarm = |index: &str| format!("{}-{index}", names.name(&INDEX_THROTTLES));
        self.index_keys().into_iter().map(|index| (index.clone(), alarm(&index))).collect()
    }

    /// The names of the alarms that an update may create or delete, enabled or not, as patterns.
    #[must_use]
    pub fn alarm_patterns(&self) -> Vec<String> {
        let names = self.resolved_names().alarms;
        let (has_rules, has_indexes) = (!self.rule_keys().is_empty(), !self.table.indexes.is_empty());
        let mut patterns = Vec::new();
        for row in ALARMS.iter().filter(|row| row.each != Each::Window) {
            let name = names.name(row);
            // Also those of rules and indexes that the spec no longer has.
            let has_more = match row.each {
                Each::Rule => has_rules,
                Each::Index => has_indexes,
                Each::One | Each::Window => false,
            };
            patterns.extend(has_more.then(|| format!("{name}-*")));
            patterns.push(name.to_owned());
        }
        patterns.extend(self.window_alarms());
        patterns
    }

    fn index_keys(&self) -> BTreeSet<String> {
        self.table.indexes.iter().map(|index| index.name.clone()).collect()
    }

    /// Two rules with the same name are a separate error.
    fn rule_keys(&self) -> BTreeSet<String> {
        self.bus_rules().into_iter().filter_map(|rule| rule.key).collect()
    }
}
