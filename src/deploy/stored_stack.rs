//! What was applied last, saved on this machine for plans without network.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::observer::{Notice, Observer};
use super::session::Session;
use super::state::{self, LOCAL};
use super::target::Target;
use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin};
use crate::plan::Content;
use crate::save::{self, Access, Link};
use crate::spec::Spec;

/// The folder of these files.
const KIND: &str = "stacks";
/// Bytes of such a file: CloudFormation accepts templates of 1 MB.
const LARGEST: u64 = 16 * 1024 * 1024;
/// The most accounts, or regions of one, that are searched.
const FOLDERS: usize = 10_000;

/// An applied stack, with its account and region.
pub(super) struct StoredStack {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) at: Timestamp,
    pub(super) content: Content,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    at: String,
    content: Content,
}

/// Saves what was applied. If that fails, the apply is still successful.
pub(super) fn keep(session: &Session, content: &Content, observer: &mut dyn Observer) {
    let Some(path) = path(session) else { return };
    let file = File { version: 1, at: Timestamp::now().to_string(), content: content.clone() };
    let text = serde_json::to_string(&file).unwrap_or_default();
    let stored = save::make_folder(&path)
        .and_then(|()| save::replace(&path, text.as_bytes(), Access::Owner, Link::Replace));
    if let Err(error) = stored {
        let line = format!("  not saved for `plan --offline`: {path}: {}", save::reason(&error));
        observer.notice(Notice::Line(&line));
    }
}

/// Deletes the saved state of a destroyed stack.
pub(super) fn forget(session: &Session) {
    if let Some(path) = path(session) {
        let _removed_before = fs_err::remove_file(path);
    }
}

/// The saved state of the spec's stack.
///
/// # Errors
/// There is none, or there are several and it is ambiguous which one to use.
pub(super) fn find_stored(target: &Target, spec: &Spec) -> Result<StoredStack, Failure> {
    let stack = spec.resolved_names().stack;
    let account = if target.local { Some(LOCAL) } else { spec.deploy.account.as_deref() };
    let region = spec.deploy.region.as_deref().or(target.region.as_deref()).filter(|_| !target.local);
    let folder = state::folder(KIND);
    let mut found = Vec::new();
    for account in names(&folder, account) {
        // The local cloud is used only if it is requested.
        if account == LOCAL && !target.local {
            continue;
        }
        for region in names(&folder.join(&account), region) {
            let path = folder.join(&account).join(&region).join(format!("{stack}.json"));
            if path.exists() {
                found.push((account.clone(), region, path));
            }
        }
    }
    let nothing = |message: String, help: &str| Failure::failed(codes::PLAN_NOTHING_KEPT, message, help);
    match found.as_slice() {
        [] => Err(nothing(
            format!("stack `{stack}` was never applied from this machine"),
            "leave out `--offline`; it works after the next `pipectl apply` from this machine",
        )),
        [(account, region, path)] => read(path).map_or_else(
            || {
                Err(nothing(
                    format!("`{path}` cannot be read"),
                    "leave out `--offline`; the next `pipectl apply` from this machine writes it again",
                ))
            },
            |(at, content)| Ok(StoredStack { account: account.clone(), region: region.clone(), at, content }),
        ),
        several => {
            let locations: Vec<String> =
                several.iter().map(|(account, region, _)| format!("account {account}, {region}")).collect();
            Err(nothing(
                format!(
                    "stack `{stack}` was applied to several accounts or regions: {}",
                    locations.join("; ")
                ),
                "say which with `deploy.account` and `deploy.region` in the spec",
            ))
        }
    }
}

fn read(path: &Utf8PathBuf) -> Option<(Timestamp, Content)> {
    let file: File = serde_json::from_slice(&input::read(path, Origin::Private, LARGEST).ok()?).ok()?;
    (file.version == 1).then_some((file.at.parse().ok()?, file.content))
}

/// The requested name, or all existing ones.
fn names(folder: &Utf8PathBuf, one: Option<&str>) -> Vec<String> {
    if let Some(one) = one {
        return vec![one.to_owned()];
    }
    input::list(folder, Origin::Own, &[""], FOLDERS).map(|found| found.names).unwrap_or_default()
}

fn path(session: &Session) -> Option<Utf8PathBuf> {
    state::file(session, KIND, &session.names.stack)
}
