//! The list of pipectl's own templates.

use crate::diagnostic::{FileId, SourceText};
use crate::source::StackFiles;

macro_rules! own {
    ($($name:literal)+) => {
        /// pipectl's own templates by name: one per noun, and `stack.yaml.j2`, which includes the others.
        pub const TEMPLATES: &[(&str, &str)] = &[$(($name, include_str!(concat!("stack/", $name)))),+];
    };
}

own! {
    "stack.yaml.j2"
    "macros.yaml.j2"
    "key.yaml.j2"
    "bus.yaml.j2"
    "queue.yaml.j2"
    "processor.yaml.j2"
    "table.yaml.j2"
    "alarms.yaml.j2"
    "slo.yaml.j2"
    "dashboard.yaml.j2"
    "dashboard_body.yaml.j2"
    "outputs.yaml.j2"
}

/// pipectl's own template of this name.
pub(super) fn own(name: &str) -> Option<&'static str> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Whether a resource of this logical id is in pipectl's own templates.
pub(super) fn is_own(id: &str) -> bool {
    let line = format!("  {id}:");
    TEMPLATES.iter().any(|(_, text)| text.lines().any(|own| own == line))
}

/// The templates that one stack is expanded from: custom ones, and pipectl's where there is no custom one of that name.
#[derive(Debug, Clone)]
pub(super) struct Templates<'a> {
    users: Vec<User<'a>>,
}

/// A custom template.
#[derive(Debug, Clone, Copy)]
pub(super) struct User<'a> {
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    pub(super) file: FileId,
}

impl<'a> Templates<'a> {
    pub(super) fn new(files: &'a StackFiles, sources: &'a [SourceText]) -> Self {
        let users = files.templates.iter().filter_map(|template| {
            let text = &sources.get(template.file.0)?.text;
            Some(User { name: &template.name, text, file: template.file })
        });
        Self { users: users.collect() }
    }

    pub(super) fn users(&self) -> &[User<'a>] {
        &self.users
    }

    pub(super) fn user(&self, name: &str) -> Option<&User<'a>> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The custom template that replaces pipectl's template with this logical id; the first custom one if there is none.
    pub(super) fn in_place_of(&self, id: &str) -> Option<&User<'a>> {
        let line = format!("  {id}:");
        let has = |user: &&User<'a>| own(user.name).is_some_and(|text| text.lines().any(|own| own == line));
        self.users.iter().find(has).or(self.users.first())
    }

    /// pipectl's own templates that no custom one replaces.
    pub(super) fn fallbacks(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        TEMPLATES.iter().filter(|(name, _)| self.user(name).is_none())
    }
}
