use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{harmless, style};

/// Rows under the names of their columns.
#[must_use]
pub fn rows_text(columns: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(columns.iter().map(|name| format!(" {}", style::dim(name))));
    for row in rows {
        table.add_row(row.iter().map(|cell| format!(" {}", harmless(cell))));
    }
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}
