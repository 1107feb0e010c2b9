//! What cannot be read any more is kept, and reported once; what is started then begins without it.

use camino::Utf8PathBuf;

use super::LocalError;
use super::folders::{Folders, refused};
use super::made::{self, DAMAGED};
use crate::save;

/// Keeps the saved state under another name. The error says so, and why.
///
/// # Errors
/// It cannot be moved.
pub(super) fn set_state_aside(folders: &Folders, fault: String) -> Result<LocalError, LocalError> {
    let kept = aside(folders, DAMAGED);
    // First, so that a purge finds it wherever this is cut off.
    made::note(folders, &kept)?;
    save::set_aside(&folders.services(), &kept).map_err(|source| refused(&folders.services(), source))?;
    Ok(LocalError::Damaged { fault, kept, state: folders.services() })
}

/// The same for the record of the process that ran last.
///
/// # Errors
/// It cannot be moved.
pub(super) fn set_record_aside(folders: &Folders) -> Result<LocalError, LocalError> {
    let kept = aside(folders, "local.json.damaged-");
    save::set_aside(&folders.record(), &kept).map_err(|source| refused(&folders.record(), source))?;
    Ok(LocalError::DamagedRecord { record: folders.record(), kept })
}

fn aside(folders: &Folders, begin: &str) -> Utf8PathBuf {
    folders.local().join(format!("{begin}{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ")))
}
