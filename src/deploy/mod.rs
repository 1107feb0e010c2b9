//! The one way a stack is changed: open → want → observe → plan → consent → execute → settle.
//!
//! | file | holds |
//! |---|---|
//! | `target`, `session`, `deployed` | which account, region and stack; the guards before the first call; the stack's own names |
//! | `artifact_store`, `artifacts` | where zips are; the zip checked, uploaded and pinned to a version |
//! | `wanted`, `standing`, `compare` | what the spec wants, what is there, and the difference |
//! | `planned` | the plan, with all that AWS has to be asked for it |
//! | `quotas` | the account's own quotas beside what the spec asks for |
//! | `live_code`, `set_code`, `code_only` | what the processor runs, and other code for it past CloudFormation |
//! | `settled` | what the spec leaves open and the deployed stack says |
//! | `spread` | the keys of the status index, which a deployed stack keeps |
//! | `warmth` | what a table that is there is warm for |
//! | `index_updates`, `drifted_indexes` | indexes of a table, of which an update changes one |
//! | `proposal`, `consent` | an operation with what it would lose; the only gate, which makes `Approved` |
//! | `operations`, `execute`, `follow` | what can be done to a stack, done only when approved, followed to its end |
//! | `existing`, `former`, `import` | what has the wanted names, what of it a former stack left, and taking it in |
//! | `settle`, `bridges`, `protection`, `record` | what lies beside the stack |
//! | `deed`, `deeds`, `recorded`, `evidence`, `given`, `checkout` | the evidence: who changed what, from which commit, agreed to how |
//! | `fleet` | the stacks of an account that pipectl deployed, whatever their specs |
//! | `deciding` | code of the user's own that says here what becomes of an event |
//! | `state`, `kept`, `hidden` | what this machine remembers: what was applied last, which messages it hid until when |
//! | `verify` | the deployed configuration beside the deployed template |
//! | `apply`, `rollout`, `relocate`, `adopt`, `destroy`, `drift`, `recover`, `saved` | the verbs, each joined from the above |
//!
//! Nothing here prints or asks: an [`Observer`] is told what happens and answers what must be answered.

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
mod deed;
mod deeds;
mod deployed;
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
mod kept;
mod keys;
mod last;
mod leaving;
mod live_code;
mod local_cloud;
mod nested;
mod observer;
mod operations;
mod options;
mod outside;
mod package;
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
mod standing;
mod state;
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
pub use deed::{Deed, DeedOutcome};
pub use deeds::Ledger;
pub use destroy::destroy;
pub use downgrade::accepts_downgrade;
pub use drift::{Look, look_for_drift, revert};
pub use evidence::{Past, past};
pub use existing::refusal_of_taken;
pub use fleet::{Fleet, Listed, Unread, fleet};
pub use given::note_consent;
pub use hidden::HiddenRecord;
pub use last::{AppliedElsewhere, applied_elsewhere};
pub use leaving::{Leaving, leaving};
pub use local_cloud::{local_error, start_local_cloud};
pub use observer::{Notice, Observer, Question};
pub use options::Options;
pub use outside::check_outside;
pub use package::{build_once, build_processor, destination, mapping_file, package_processor};
pub use planned::planned;
pub use proposal::require;
pub use quotas::{judge_quotas, over_concurrency};
pub use record::{Record, Skipped, newest_records, wanted_again};
pub use recover::{Concessions, Diagnosis, diagnose, recover};
pub use saved::{Saved, open_saved, read_saved, write_saved};
pub use session::{Session, open, region, show_endpoints};
pub use standing::{Standing, observe, observe_at_rest};
pub use target::Target;
pub use template::template;
pub use verify::{Inspected, inspect};
pub use wanted::{Wanted, want};
