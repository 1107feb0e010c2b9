use camino::Utf8PathBuf;

/// The text of a file, for snippets. Its `FileId` is its index in the reader's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The path as the user gave it.
    pub path: Utf8PathBuf,
    pub text: String,
}
