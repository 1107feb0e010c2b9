//! Names and values in two columns.

use comfy_table::Table;
use comfy_table::presets::NOTHING;

/// Names and values in two columns.
pub fn pairs<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, value) in rows {
        table.add_row([format!(" {name}"), value]);
    }
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
