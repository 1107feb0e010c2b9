//! What the editor at the other end can do.

use serde_json::Value;

use super::position::Encoding;

/// The capabilities of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// It supports snippets with placeholders.
    pub(super) snippets: bool,
    /// It supports nested symbols.
    pub(super) symbol_trees: bool,
}

impl Client {
    /// The capabilities that the client lists in the parameters of `initialize`.
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
