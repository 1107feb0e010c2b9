//! A tolerant parser of a text while it is typed: its maps, lists and values with their positions, whether or not it is
//! valid YAML. Every request of an editor finds positions in a spec through it.
//!
//! What is not closed ends where the indentation shows that something else begins. Nothing here is recursive: a hostile
//! document has a hundred thousand brackets.

mod block;
mod brackets;
mod text;
mod value;

pub(super) use text::unquoted;

use std::ops::Range;

use processor::pointer::below;

use crate::diagnostic::{FileId, Location, Position, Span};

/// The most items of one text; a spec has at most 10,000 values.
const MOST: usize = 20_000;

/// The structure of a text. Offsets count characters from 0.
pub(super) struct Outline {
    pub(super) characters: Vec<char>,
    /// The offset of each line.
    starts: Vec<usize>,
    /// In the order of the text; the first is the document itself.
    pub(super) items: Vec<Item>,
    pub(super) comments: Vec<Range<usize>>,
}

/// The document, an entry of a map, or an item of a list.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// The item that contains it.
    pub(super) parent: usize,
    pub(super) name: Name,
    /// The range of the key with its quotes, or of the dash; empty if there is neither.
    pub(super) key: Range<usize>,
    /// The offset from which its value may begin. `None`: a key without a colon yet.
    pub(super) after: Option<usize>,
    pub(super) value: Value,
    pub(super) children: Vec<usize>,
    /// The indentation of its key or dash in columns, if it is not within brackets.
    pub(super) column: usize,
    /// Within brackets: from the bracket or comma before it to the comma or bracket after it.
    pub(super) slot: Option<Range<usize>>,
}

/// The name of an item in its map or list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Document,
    Key(String),
    Index(usize),
}

/// The kind of an item's value. Brackets: from the opening one to the closing one, or to where it is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Nothing,
    Text(Range<usize>, Style),
    Map(Option<Range<usize>>),
    List(Option<Range<usize>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    /// Lines below `|` or `>`.
    Block,
}

impl Outline {
    pub(super) fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let breaks = characters.iter().enumerate().filter(|(_, character)| **character == '\n');
        let starts = std::iter::once(0).chain(breaks.map(|(index, _)| index + 1)).collect();
        let (items, comments) = block::read(&characters);
        Self { characters, starts, items, comments }
    }

    pub(super) fn item(&self, index: usize) -> &Item {
        // Indices are created here, and the document always exists.
        self.items.get(index).unwrap_or(&self.items[0])
    }

    /// The path of an item.
    pub(super) fn path(&self, mut index: usize) -> Vec<Name> {
        let mut path = Vec::new();
        while index != 0 {
            path.push(self.item(index).name.clone());
            index = self.item(index).parent;
        }
        path.reverse();
        path
    }

    /// The line of an offset, from 0.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The offset of a line.
    pub(super) fn start(&self, line: usize) -> usize {
        self.starts.get(line).copied().unwrap_or(self.characters.len())
    }

    pub(super) fn column(&self, offset: usize) -> usize {
        offset - self.start(self.line(offset)).min(offset)
    }

    /// The offset of a line and column from 0, limited to the text.
    pub(super) fn offset(&self, line: usize, column: usize) -> usize {
        let end = match self.starts.get(line + 1) {
            Some(next) => next - 1,
            None => self.characters.len(),
        };
        (self.start(line) + column).min(end)
    }

    pub(super) fn text(&self, range: &Range<usize>) -> String {
        self.characters.get(range.clone()).unwrap_or_default().iter().collect()
    }

    pub(super) fn location(&self, range: &Range<usize>) -> Location {
        let at = |offset: usize| {
            let line = self.line(offset);
            Position { line: line + 1, column: offset - self.start(line) + 1, offset }
        };
        Location { file: FileId(0), span: Span { start: at(range.start), end: at(range.end) } }
    }
}

/// The JSON pointer of a path.
pub(super) fn pointer(path: &[Name]) -> String {
    path.iter().fold(String::new(), |pointer, name| match name {
        Name::Document => pointer,
        Name::Key(key) => below(&pointer, key),
        Name::Index(index) => format!("{pointer}/{index}"),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::{Map, Value as Json};

    use super::*;
    use crate::editor::locate::spot;
    use crate::editor::spot::Part;
    use crate::editor::tolerant::tree;
    use crate::source::document;

    /// What can be inserted at the `|` of a text, in short form.
    fn at(marked: &str) -> String {
        let cursor = marked.chars().position(|character| character == '|').expect("a cursor");
        let outline = Outline::of(&marked.replacen('|', "", 1));
        let Some(spot) = spot(&outline, cursor) else { return "nothing".to_owned() };
        let path = pointer(&spot.path);
        let typed = outline.text(&spot.typed);
        let present = spot.present.join(",");
        match spot.part {
            Part::Key { has_colon, .. } => {
                format!("key {path} `{typed}`{} [{present}]", if has_colon { ":" } else { "" })
            }
            Part::Value => {
                format!("value {path} `{typed}`{}", if spot.begins_line { " or a map's key" } else { "" })
            }
            Part::NewItem => format!("item {path}"),
            Part::Around => format!("around {path}"),
        }
    }

    #[test]
    fn the_location_of_a_cursor_is_known_in_every_spelling_and_in_half_of_one() {
        for (text, location) in [
            // Comments.
            ("# yaml-language-server: $sch|\nversion: 1\n", "nothing"),
            ("version: 1\n# no|te\nname: a\n", "nothing"),
            ("queue:\n  retention_days: 4 # lo|ng\n", "nothing"),
            ("queue: {retention_days: 4, # a|b\n  }\n", "nothing"),
            ("name: \"a # b|\"\n", "value /name `a # b`"),
            ("name: a#b|\n", "value /name `a#b`"),
            // Maps in brackets.
            ("queue: {retention_days: 4, |}\n", "key /queue `` [retention_days]"),
            ("queue: {|retention_days: 4}\n", "key /queue `retention_days`: []"),
            ("queue: {retention_days: 4, dea|}\n", "key /queue `dea` [retention_days]"),
            ("queue: {retention_days: |4}\n", "value /queue/retention_days `4`"),
            ("queue: {a: 1, dead_letter: {b: 2, |\n", "key /queue/dead_letter `` [b]"),
            ("queue: {a: 1,\n  b: 2,\n  |\n}\nname: x\n", "key /queue `` [a,b]"),
            ("a:\n  b: {c: 1, \n  d: |\n", "value /a/d ``"),
            ("{\"queue\": {\"a\": 1, \"|\": 2}}", "key /queue ``: [a]"),
            (
                "{\n  \"queue\": {\n    \"retention_days\": 4,\n    |\n  }\n}",
                "key /queue `` [retention_days]",
            ),
            ("{\"queue\":{\"a\":1},\"na|\"}", "key  `na` [queue]"),
            ("a:\n  - {|\n   - {b: 1}\n", "key /a/0 `` [-,]"),
            ("a: [|\n   b: 1]\n", "value /a/0 ``"),
            // Lists.
            ("bus: {pattern: {source: [a, |]}}\n", "value /bus/pattern/source/1 ``"),
            ("bus: {pattern: {source: [a|]}}\n", "value /bus/pattern/source/0 `a`"),
            ("bus: {pattern: {source: [{prefix: |}]}}\n", "value /bus/pattern/source/0/prefix ``"),
            ("bus: {pattern: {source: [{|}]}}\n", "key /bus/pattern/source/0 `` []"),
            ("tests:\n  - event: a\n    |\n", "key /tests/0 `` [event]"),
            ("tests:\n  - event: a\n  - |\n", "value /tests/1 `` or a map's key"),
            ("tests:\n  - event: a\n  |\n", "item /tests/1"),
            ("tests:\n- event: a\n- ev|\n", "value /tests/1 `ev` or a map's key"),
            ("tests:\n- event: a\n  ig|\nname: b\n", "key /tests/0 `ig` [event]"),
            ("match:\n  - a\n  - |b\n", "value /match/1 `b` or a map's key"),
            // Quoted keys.
            ("\"queue\":\n  |\n", "value /queue `` or a map's key"),
            ("\"queue\":\n  a: 1\n  |\n", "key /queue `` [a]"),
            ("'que|ue': {a: 1}\n", "key  `queue`: []"),
            ("\"a/b\": {\"c~d\": |}\n", "value /a~1b/c~0d ``"),
            // A part of a key or value.
            ("queue:\n  ret|\n", "value /queue `ret` or a map's key"),
            ("queue:\n  retention_days: 4\n  dea|\nname: a\n", "key /queue `dea` [retention_days]"),
            ("queue:\n  dea|\n  retention_days: 4\n", "key /queue `dea` [retention_days]"),
            ("name: a\nque|\n", "key  `que` [name]"),
            ("na|\n", "value  `na` or a map's key"),
            ("|", "key  `` []"),
            ("queue:|\n", "value /queue ``"),
            ("name: \"sh|\nqueue:\n  a: 1\n", "value /name `sh`"),
            ("bus: [ {broken\nname: |\n", "value /name ``"),
            // Texts of several lines, and what follows them.
            ("a: >\n  te|xt: b\n  # no comment\nb: 1\n", "around /a"),
            ("a: >\n  text\nb: 1\n|\n", "key  `` [a,b]"),
            ("a: one\n  t|wo\nb: 1\n", "around /a"),
            // Other levels, by the column.
            ("queue:\n  dead_letter:\n    a: 1\n  |\n", "key /queue `` [dead_letter]"),
            ("queue:\n  dead_letter:\n    a: 1\n|\n", "key  `` [queue]"),
            ("queue:\n  dead_letter:\n    a:\n      |\n", "value /queue/dead_letter/a `` or a map's key"),
            ("queue:\n  a: 1\n      |\n", "nothing"),
            ("---\nqueue:\n  a: 1\n  |\n", "key /queue `` [a]"),
            ("a: &x {b: |}\n", "value /a/b ``"),
        ] {
            assert_eq!(at(text), location, "{text}");
        }
    }

    /// For every existing spec, from files and at random, the tolerant parser agrees with the strict one.
    #[test]
    fn the_outline_of_valid_yaml_has_the_same_values() {
        let mut compared = 0;
        let folders =
            std::fs::read_dir("tests/invalid").expect("a folder").map(|entry| entry.expect("one").path());
        let files = folders
            .flat_map(std::fs::read_dir)
            .flatten()
            .chain(std::fs::read_dir("specs").expect("a folder"));
        for path in files.map(|entry| entry.expect("an entry").path()) {
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let aliases = text.contains(": *") || text.contains(": &");
            let Some(strict) = document(&text).ok().filter(|_| !aliases && !text.contains("|\n")) else {
                continue;
            };
            assert_eq!(tree(&Outline::of(&text)).value(), strict.value(), "{}", path.display());
            compared += 1;
        }
        assert!(compared > 100, "{compared}");
    }

    fn scalar() -> impl Strategy<Value = Json> {
        let words = [
            "a",
            "shop.orders",
            "x: y",
            "# no",
            "a #b",
            "{",
            "it's",
            "say \"hi\"",
            "",
            " b ",
            "-",
            "- c",
            "é🚚",
            "1",
            "null",
        ];
        prop_oneof![
            proptest::sample::select(words.to_vec()).prop_map(Json::from),
            any::<bool>().prop_map(Json::from),
            (-9..1000_i64).prop_map(Json::from),
        ]
    }

    pub(in crate::editor) fn value() -> impl Strategy<Value = Json> {
        let keys = proptest::sample::select(vec!["queue", "a", "b-c", "a b", "$or", "x.y", "\"q\"", "1"]);
        scalar().prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                vec(inner.clone(), 1..4).prop_map(Json::from),
                vec((keys.clone(), inner), 1..4).prop_map(|entries| {
                    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value));
                    Json::Object(entries.collect::<Map<_, _>>())
                }),
            ]
        })
    }

    /// A map in block style, each map and list in it indented by a width of its own, between comments and blank lines.
    pub(in crate::editor) fn in_lines(map: &Json, widths: &[usize]) -> String {
        let mut text = String::new();
        write_value(map, 0, &mut widths.iter().copied(), &mut text);
        text
    }

    fn write_value(value: &Json, indent: usize, widths: &mut dyn Iterator<Item = usize>, text: &mut String) {
        let blanks = " ".repeat(indent);
        let inner = |widths: &mut dyn Iterator<Item = usize>| indent + widths.next().unwrap_or(1);
        let mut put = |head: String, value: &Json, least: usize, text: &mut String| {
            let noise = ["", "", "  ", " # noise ", "", "   # b"][widths.next().unwrap_or(0)];
            match value {
                Json::Object(map) if !map.is_empty() => {
                    text.push_str(&format!("{head}{noise}\n"));
                    let deeper = inner(&mut *widths);
                    write_value(value, deeper, &mut *widths, text);
                }
                Json::Array(list) if !list.is_empty() => {
                    text.push_str(&format!("{head}{noise}\n"));
                    let gap = widths.next().unwrap_or(0) % 3;
                    write_value(value, indent + gap.max(least), &mut *widths, text);
                }
                scalar => text.push_str(&format!("{head} {scalar}{noise}\n")),
            }
        };
        match value {
            Json::Object(map) => {
                for (key, value) in map {
                    put(format!("{blanks}{}:", Json::from(key.as_str())), value, 0, text);
                    if key.len() == 1 {
                        text.push_str(&format!("{blanks}# of {key}\n\n"));
                    }
                }
            }
            Json::Array(list) => {
                for value in list {
                    put(format!("{blanks}-"), value, 1, text);
                }
            }
            scalar => text.push_str(&format!("{blanks}{scalar}\n")),
        }
    }

    proptest! {
        #[test]
        fn any_value_is_read_in_any_form(value in value(), widths in vec(1..6_usize, 80)) {
            let map = Json::Object(Map::from_iter([("root".to_owned(), value)]));
            for text in [in_lines(&map, &widths), map.to_string(), format!("{map:#}")] {
                let strict = document(&text).map(|tree| tree.value());
                prop_assert_eq!(Ok(tree(&Outline::of(&text)).value()), strict, "{}", text);
            }
        }

        /// For any input, each range is within the text, and contains the cursor.
        #[test]
        fn no_text_is_too_broken(pieces in vec(proptest::sample::select(vec![
            "a", ": ", ":", "- ", "\n", "  ", "    ", "{", "}", "[", "]", ",", "\"", "'", "#", " #", "|", ">", "&x ", "!t ", "---\n", "\r\n", "é🚚", "\\", "\t", "%",
        ]), 0..40)) {
            let text = pieces.concat();
            let outline = Outline::of(&text);
            let count = text.chars().count();
            for cursor in 0..=count {
                if let Some(spot) = spot(&outline, cursor) {
                    prop_assert!(spot.typed.start <= cursor && cursor <= spot.typed.end && spot.typed.end <= count);
                    prop_assert_eq!(outline.line(spot.typed.start), outline.line(spot.typed.end));
                }
            }
            let _ = tree(&outline).value();
            let _ = crate::editor::format::formatted(&text);
        }
    }
}
