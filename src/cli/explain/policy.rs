//! What the policies of KMS keys must allow.

use camino::Utf8Path;
use serde_json::{Value, json};

use crate::cli::{Outcome, spec};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::render::{KeyPolicy, key_policies};
use crate::report::{Console, Format};

/// Prints the policy statements for the owners of the keys.
pub(super) fn print(subject: Option<&str>, path: &Utf8Path, console: &mut Console) -> Outcome {
    if subject != Some("encryption") {
        let message = match subject {
            Some(subject) => format!("`--policy` explains `encryption`, not `{subject}`"),
            None => "`--policy` explains `encryption`".to_owned(),
        };
        let help = format!("write `pipectl explain encryption --policy {path}`");
        let diagnostic = Diagnostic::error(codes::USAGE_WRONG, message).help(help);
        return Err(Failure::new(Exit::Usage, diagnostic).into());
    }
    let checked = spec::load(path, console)?;
    let policies = key_policies(checked.spec(), None);
    if console.format == Format::Json {
        console.data(&json!({"version": 1, "keys": policies}).to_string())?;
        return Ok(Exit::Done);
    }
    if policies.is_empty() {
        console.data("AWS-owned keys encrypt everything in this pipeline: no key policy is needed")?;
        return Ok(Exit::Done);
    }
    let pages: Vec<String> = policies.iter().map(key_page).collect();
    console.data(&pages.join("\n\n"))?;
    if checked.spec().deploy.account.is_none() && policies.iter().any(|one| one.key.is_some()) {
        console
            .note("  note: `deploy.account` is not in the spec: the statements use each key's own account");
    }
    Ok(Exit::Done)
}

fn key_page(policy: &KeyPolicy) -> String {
    let name = policy.key.as_deref().unwrap_or("EncryptionKey, which the stack creates with this policy");
    let mut page = format!("{name}\n  encrypts: {}\n", policy.encrypts.join(", "));
    for needed in &policy.statements {
        page.push_str(&format!("\n  {}: {}\n    without it {}", needed.sid(), needed.reason, needed.without));
    }
    let statements: Vec<&Value> = policy.statements.iter().map(|needed| &needed.statement).collect();
    page + &format!("\n\n{:#}", Value::from_iter(statements.into_iter().cloned()))
}
