//! The only way to change a stack: open → want → observe → plan → consent → execute → settle.
//!
//! | file | holds |
//! |---|---|
//! | `target`, `session`, `deployed` | account, region and stack; the guards before the first call; the stack's own names |
//! | `artifact_store`, `artifacts` | the location of zips; the zip checked, uploaded and pinned to a version |
//! | `wanted`, `deployed_state`, `compare` | what the spec wants, what is deployed, and the difference |
//! | `planned` | the plan, with everything that must be read from AWS for it |
//! | `quotas` | the account's quotas, compared with what the spec asks for |
//! | `live_code`, `set_code`, `code_only` | the code that the processor runs, and changes of it outside of CloudFormation |
//! | `settled` | values that the spec omits, taken from the deployed stack |
//! | `spread` | the keys of the status index, which a deployed stack retains |
//! | `warmth` | the warm throughput of an existing table |
//! | `index_updates`, `drifted_indexes` | indexes of a table, of which one update changes one |
//! | `proposal`, `consent` | an operation with its losses; the only gate, which makes `Approved` |
//! | `operations`, `execute`, `follow` | operations on a stack, executed only when approved, followed to their end |
//! | `existing`, `former`, `import` | existing resources with the wanted names, those that a former stack retained, and their import |
//! | `settle`, `bridges`, `protection`, `record` | what is outside of the stack |
//! | `evidence`, `ledger`, `recorded`, `past`, `given`, `checkout` | the evidence: who changed what, from which commit, with which consent |
//! | `fleet` | the stacks of an account that pipectl deployed, from any spec |
//! | `deciding` | the user's own code, run here to decide about events |
//! | `state`, `stored_stack`, `hidden` | what this machine stores: what was applied last, which messages are hidden until when |
//! | `verify` | the deployed configuration, compared with the deployed template |
//! | `apply`, `rollout`, `relocate`, `adopt`, `destroy`, `drift`, `recover`, `saved` | the commands, each combined from the above |
//!
//! Nothing here prints or asks: an [`Observer`] gets the reports and answers the questions.

mod acceptance;
mod adopt;
mod allowed;
mod apply;
mod artifact_store;
mod artifacts;
mod attribute;
mod bridges;
mod checkout;
mod code_only;
mod command_line;
mod compare;
mod consent;
mod contract_break;
mod deciding;
mod deployed;
mod deployed_state;
mod destroy;
mod downgrade;
mod drift;
mod drifted_indexes;
mod evidence;
mod execute;
mod existing;
mod fleet;
mod follow;
mod former;
mod given;
mod hidden;
mod import;
mod index_updates;
mod keys;
mod last;
mod leaving;
mod ledger;
mod live_code;
mod local_cloud;
mod nested;
mod observer;
mod operations;
mod options;
mod outside;
mod package;
mod past;
mod planned;
mod proposal;
mod protection;
mod quotas;
mod record;
mod recorded;
mod recover;
mod relocate;
mod rollout;
mod saved;
mod session;
mod set_code;
mod settle;
mod settled;
mod spread;
mod state;
mod stored_stack;
mod takeover;
mod target;
mod template;
mod token;
mod trace_page;
mod verify;
mod wanted;
mod warmth;

pub use acceptance::{Acceptance, Consent};
pub use adopt::{Adoption, take_over};
pub use apply::{Applied, apply};
pub use artifact_store::store;
pub use checkout::{Checkout, checkout};
pub use code_only::{CodeChange, change_code, refuse_code_of_production};
pub use command_line::{command_line, flags, quoted};
pub use compare::plan_offline;
pub use consent::Approved;
pub use contract_break::refusal_of_break;
pub use deciding::{deciding, undecided};
pub use deployed_state::{DeployedState, observe, observe_settled};
pub use destroy::destroy;
pub use downgrade::accepts_downgrade;
pub use drift::{Look, look_for_drift, revert};
pub use evidence::{Evidence, EvidenceOutcome};
pub use existing::refusal_of_taken;
pub use fleet::{Fleet, Listed, Unread, fleet};
pub use given::note_consent;
pub use hidden::HiddenRecord;
pub use last::{AppliedElsewhere, applied_elsewhere};
pub use leaving::{Leaving, leaving};
pub use ledger::Ledger;
pub use local_cloud::{local_error, start_local_cloud};
pub use observer::{Notice, Observer, Question};
pub use options::Options;
pub use outside::check_outside;
pub use package::{build_once, build_processor, destination, mapping_file, package_processor};
pub use past::{Past, past};
pub use planned::planned;
pub use proposal::require;
pub use quotas::{judge_quotas, over_concurrency};
pub use record::{Record, Skipped, newest_records, wanted_again};
pub use recover::{Concessions, Diagnosis, diagnose, recover};
pub use saved::{Saved, open_saved, read_saved, write_saved};
pub use session::{Session, open, region, show_endpoints};
pub use target::Target;
pub use template::template;
pub use verify::{Inspected, inspect};
pub use wanted::{Wanted, want};
