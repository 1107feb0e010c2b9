use camino::Utf8PathBuf;

/// A file that was read, as a snippet needs it. A `FileId` is its place in the reader's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// As the user named it.
    pub path: Utf8PathBuf,
    pub text: String,
}
