//! What the local cloud cannot do in a template, done beside the stack.

use serde_json::Value;

use super::local_cloud::local_error;
use super::observer::{Notice, Observer};
use super::session::Session;
use crate::diagnostic::Failure;
use crate::local::{apply_bridges, bridges_of, retire_bridges};

/// Makes what the template could not, and takes away what the former one had and this one has not.
///
/// # Errors
/// The local cloud refuses.
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

/// Takes away everything that was made beside a stack that goes. Before it goes, and with it the note of what there is.
///
/// # Errors
/// The local cloud refuses.
pub(super) async fn retire(session: &Session, template: &Value) -> Result<(), Failure> {
    retire_bridges(&session.clients, &bridges_of(template), &[]).await.map_err(local_error)
}
