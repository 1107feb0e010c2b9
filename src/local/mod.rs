//! The local cloud: `MiniStack` in a private virtual environment, run in the background on 127.0.0.1.
//!
//! | file | holds |
//! |---|---|
//! | `up`, `down`, `purge`, `status`, `logs` | the commands |
//! | `install`, `packages`, `python`, `settings` | the virtual environment, what is installed in it, the interpreter that creates it, and the user's settings that apply to it |
//! | `start`, `warm_up`, `port` | one process, from its environment to its first answers |
//! | `record`, `process`, `health`, `lock` | which process is ours, and who may change that |
//! | `made`, `saved`, `damage` | which folders are ours, whether all of the state was saved, and what is done with a damaged one |
//! | `gaps`, `bridge`, `bridge_api` | what the local cloud does not support in a template, and the calls that replace it |
//! | `space` | the free space on the disk |
//! | `folders`, `http`, `child`, `deadline`, `progress`, `error` | helpers, progress and errors |
//!
//! Two facts shape this module. **State belongs to its port**: queue addresses contain it, and a state folder started
//! on another port delivers no messages. **State is saved on a clean stop only**: after a kill, the writes since the
//! last `down` are lost, and the commands report that. A saved state replaces the former one when it is complete
//! (`launch.py`, `saved`).
//!
//! The local cloud does not return the stack of a resource (`DescribeStackResources` by physical id): `aws/bridge.rs`
//! queries each stack's resources.
//!
//! Retained tables need no bridge: a change set with `ImportExistingResources` adopts them here as on AWS. Without that
//! flag the local cloud creates over an existing table and empties it.

mod bridge;
mod bridge_api;
mod child;
mod damage;
mod deadline;
mod down;
mod error;
mod folders;
mod gaps;
mod health;
mod http;
mod install;
mod lock;
mod logs;
mod made;
mod packages;
mod port;
mod process;
mod progress;
mod purge;
mod python;
mod record;
mod saved;
mod settings;
mod space;
mod start;
mod status;
mod up;
mod warm_up;

#[cfg(test)]
mod tests;

pub use bridge::{Archive, Bridge};
pub use bridge_api::{BridgeApi, BridgeRefusal, apply_bridges, retire_bridges};
pub use deadline::Deadline;
pub use down::{Down, down};
pub use error::LocalError;
pub use folders::Folders;
pub use gaps::{bridges_of, localize};
pub use logs::{log_path, tail};
pub use progress::CloudProgress;
pub use purge::purge;
pub use python::find as find_python;
pub use space::free_bytes;
pub use status::{Status, status};
pub use up::{Up, up};

/// The release that this module was tested with, which is the one in the lock (`requirements.txt`). In another one, any of
/// the gaps may differ.
pub const MINISTACK_VERSION: &str = "1.5.33";
