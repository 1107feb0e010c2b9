//! The local cloud: `MiniStack` in a private virtual environment, run in the background on 127.0.0.1.
//!
//! | file | holds |
//! |---|---|
//! | `up`, `down`, `purge`, `status`, `logs` | the verbs a user calls |
//! | `install`, `python`, `settings` | the virtual environment, the interpreter that makes it, and which settings of the user reach it |
//! | `start`, `warm_up`, `port` | one process, from its environment to its first answers |
//! | `record`, `process`, `health`, `lock` | which process is ours, and who may change that |
//! | `made`, `saved`, `damage` | which folders are ours, whether all of the state was saved, and what becomes of a damaged one |
//! | `gaps`, `bridge`, `bridge_api` | what the local cloud cannot do in a template, and the calls that do it instead |
//! | `space` | how much free space there is for all that |
//! | `folders`, `http`, `child`, `deadline`, `progress`, `error` | where, how, how long, how far, and what went wrong |
//!
//! Two facts shape this module. **State belongs to its port**: queue addresses hold it, and a state folder
//! started on another port delivers nothing. **State is written on a clean stop only**: after a kill
//! the writes since the last `down` are gone, and the verbs say so. What is written takes the place of the former state when
//! all of it is there (`launch.py`, `saved`).
//!
//! Whose a resource is, the local cloud does not say (`DescribeStackResources` by physical id): `aws/bridge.rs` asks each
//! stack for what it has.
//!
//! Retained tables need no bridge: a change set with `ImportExistingResources` adopts them here as on AWS.
//! Without that flag the local cloud creates over an existing table and empties it.

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

/// The release this module was checked against. Another one may move any of the gaps.
pub const MINISTACK_VERSION: &str = "1.5.33";
