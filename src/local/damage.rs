//! Damaged files are renamed and reported once; the local cloud then starts without them.

use camino::Utf8PathBuf;

use super::LocalError;
use super::folders::{Folders, refused};
use super::made::{self, DAMAGED};
use crate::save;

/// Renames the saved state. Returns an error with the new name and the reason.
///
/// # Errors
/// It cannot be moved.
pub(super) fn set_state_aside(folders: &Folders, fault: String) -> Result<LocalError, LocalError> {
    let saved = aside(folders, DAMAGED);
    // First, so that a purge finds it even after an interruption.
    made::note(folders, &saved)?;
    save::set_aside(&folders.services(), &saved).map_err(|source| refused(&folders.services(), source))?;
    Ok(LocalError::Damaged { fault, saved, state: folders.services() })
}

/// The same for the record of the last process.
///
/// # Errors
/// It cannot be moved.
pub(super) fn set_record_aside(folders: &Folders) -> Result<LocalError, LocalError> {
    let saved = aside(folders, "local.json.damaged-");
    save::set_aside(&folders.record(), &saved).map_err(|source| refused(&folders.record(), source))?;
    Ok(LocalError::DamagedRecord { record: folders.record(), saved })
}

fn aside(folders: &Folders, begin: &str) -> Utf8PathBuf {
    folders.local().join(format!("{begin}{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ")))
}
