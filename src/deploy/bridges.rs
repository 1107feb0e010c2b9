//! What the local cloud does not support in a template, created outside of the stack.

use serde_json::Value;

use super::local_cloud::local_error;
use super::observer::{Notice, Observer};
use super::session::Session;
use crate::diagnostic::Failure;
use crate::local::{apply_bridges, bridges_of, retire_bridges};

/// Creates what the template could not, and deletes what only the former template had.
///
/// # Errors
/// The local cloud returns an error.
pub(super) async fn build(
    session: &Session,
    template: &Value,
    former: Option<&Value>,
    observer: &mut dyn Observer,
) -> Result<(), Failure> {
    let bridges = bridges_of(template);
    apply_bridges(&session.clients, &bridges).await.map_err(local_error)?;
    for bridge in &bridges {
        observer.notice(Notice::Detail(&format!("  {:<14}{bridge}", "local")));
    }
    let former = former.map(bridges_of).unwrap_or_default();
    retire_bridges(&session.clients, &former, &bridges).await.map_err(local_error)
}

/// Deletes everything that was created outside of a stack, before the stack and its list of these resources are
/// deleted.
///
/// # Errors
/// The local cloud returns an error.
pub(super) async fn retire(session: &Session, template: &Value) -> Result<(), Failure> {
    retire_bridges(&session.clients, &bridges_of(template), &[]).await.map_err(local_error)
}
