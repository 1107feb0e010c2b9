//! Rows under the names of their columns.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{printable, style};

/// Rows with the names of their columns as the header.
#[must_use]
pub fn rows_text(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(columns.iter().map(|name| format!(" {name}")));
    for row in rows {
        table.add_row(row.iter().map(|cell| format!(" {}", printable(cell))));
    }
    let text = table.to_string();
    // Styled as a line: the width of a column would count a style's control codes.
    let lines = text.lines().enumerate().map(|(number, line)| match number {
        0 => style::dim(line.trim_end()),
        _ => line.trim_end().to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::width::columns;
    use super::*;

    #[test]
    fn the_head_lines_up_with_its_rows_with_and_without_style() {
        let text = rows_text(&["key", "type"], &[vec!["a".to_owned(), "created".to_owned()]]);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let [head, row] = plain.lines().collect::<Vec<_>>().try_into().expect("two lines");
        assert_eq!(head.find("type"), row.find("created"), "{plain}");
    }

    #[test]
    fn wide_characters_and_combining_marks_do_not_shift_the_columns() {
        let row = |key: &str| vec![key.to_owned(), "created".to_owned()];
        let text =
            rows_text(&["key", "type"], &[row("a"), row("東京-1"), row("Gda\u{301}nsk"), row("\u{1b}[1mx")]);
        let plain = anstream::adapter::strip_str(&text).to_string();
        let heads = ["type", "created", "created", "created", "created"];
        let found =
            plain.lines().zip(heads).map(|(line, word)| columns(&line[..line.find(word).expect("it")]));
        let found: Vec<usize> = found.collect();
        assert!(found.len() == 5 && found.iter().all(|column| *column == found[0]), "{found:?}\n{plain}");
    }
}
