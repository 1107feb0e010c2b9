//! What the editor at the other end can do.

use serde_json::Value;

use super::position::Encoding;

/// What a client can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// It lets its user fill in places of what it inserts.
    pub(super) snippets: bool,
    /// It shows symbols within symbols.
    pub(super) symbol_trees: bool,
}

impl Client {
    /// As it says itself, in the parameters of `initialize`.
    pub(super) fn of(parameters: &Value) -> Self {
        let document = &parameters["capabilities"]["textDocument"];
        let can = |capability: &Value| capability.as_bool().unwrap_or(false);
        Self {
            encoding: Encoding::agreed(parameters),
            snippets: can(&document["completion"]["completionItem"]["snippetSupport"]),
            symbol_trees: can(&document["documentSymbol"]["hierarchicalDocumentSymbolSupport"]),
        }
    }
}
