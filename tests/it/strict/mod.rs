//! A test cloud as strict as AWS: a proxy in front of the local cloud, which every test's calls pass through. It refuses
//! what AWS refuses and the local cloud accepts. One rule per file, in `rules/`.
//!
//! CloudFormation's own calls do not pass through it, so rules on resources read the template of the operation.

mod call;
mod change_set;
mod complexity;
mod edit;
mod existing;
mod front;
mod http;
mod log;
mod memory;
mod operation;
mod proposal;
mod refusal;
mod reply;
mod restored;
mod rollback;
mod rules;
mod sample;
mod scene;
mod story;
mod strictness;
mod table_key;
mod template;
mod trial;
mod upstream;
mod verdict;
mod xml;

pub(crate) use call::Call;
pub(crate) use front::{Fate, Front};
pub(crate) use rules::RULES;
pub(crate) use trial::Trial;

/// The only account of the local cloud.
pub(crate) const ACCOUNT: &str = "000000000000";
