use camino::{Utf8Path, Utf8PathBuf};
use clap::Args;
use serde_json::{Value, json};

use super::{Outcome, spec};
use crate::diagnostic::{CODES, Code, Diagnostic, Exit, Failure, codes};
use crate::render::{KeyPolicy, key_policies};
use crate::report::{Console, Format};
use crate::validate::{Field, field, nearest};

/// Explain a diagnostic's code or a spec's field.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A code such as `queue::visibility-too-short`, or a field such as `queue.retention_days`.
    subject: String,
    /// With `encryption`: print what the policies of this spec's KMS keys must allow.
    #[arg(long, value_name = "SPEC")]
    policy: Option<Utf8PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let subject = arguments.subject.as_str();
    if let Some(spec) = &arguments.policy {
        return policy(subject, spec, console);
    }
    if let Some(code) = Code::find(subject) {
        console.data(&format!("{code}\n\n{}", code.explanation))?;
        return Ok(Exit::Done);
    }
    if let Some(field) = field(subject) {
        console.data(&page(subject, &field))?;
        return Ok(Exit::Done);
    }
    let known: Vec<String> =
        CODES.iter().map(|code| code.name.to_owned()).chain(crate::validate::fields()).collect();
    let help = match nearest(subject, known.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "fields are written with dots, as in `processor.batch.size`; codes with colons".to_owned(),
    };
    let diagnostic =
        Diagnostic::error(codes::SPEC_UNKNOWN_KEY, format!("there is no code and no field `{subject}`"));
    Err(Failure::new(Exit::Usage, diagnostic.help(help)).into())
}

/// The statements for those who own the keys.
fn policy(subject: &str, path: &Utf8Path, console: &mut Console) -> Outcome {
    if subject != "encryption" {
        let message = format!("`--policy` explains `encryption`, not `{subject}`");
        let help = format!("write `pipectl explain encryption --policy {path}`");
        let diagnostic = Diagnostic::error(codes::SPEC_UNKNOWN_KEY, message).help(help);
        return Err(Failure::new(Exit::Usage, diagnostic).into());
    }
    let checked = spec::load(path, console)?;
    let policies = key_policies(checked.spec(), None);
    if console.format == Format::Json {
        console.data(&json!({"version": 1, "keys": policies}).to_string())?;
        return Ok(Exit::Done);
    }
    if policies.is_empty() {
        console.data(
            "AWS encrypts everything of this pipeline with keys of its own: there is no policy to write",
        )?;
        return Ok(Exit::Done);
    }
    let pages: Vec<String> = policies.iter().map(key_page).collect();
    console.data(&pages.join("\n\n"))?;
    if checked.spec().deploy.account.is_none() && policies.iter().any(|one| one.key.is_some()) {
        console.note(
            "  note: `deploy.account` is not in the spec: each key's own account is taken for the stack's",
        );
    }
    Ok(Exit::Done)
}

fn key_page(policy: &KeyPolicy) -> String {
    let name = policy.key.as_deref().unwrap_or("EncryptionKey, which the stack makes with this policy");
    let mut page = format!("{name}\n  encrypts: {}\n", policy.encrypts.join(", "));
    for needed in &policy.statements {
        page.push_str(&format!("\n  {}: {}\n    without it {}", needed.sid(), needed.reason, needed.without));
    }
    let statements: Vec<&Value> = policy.statements.iter().map(|needed| &needed.statement).collect();
    page + &format!("\n\n{:#}", Value::from_iter(statements.into_iter().cloned()))
}

fn page(name: &str, field: &Field) -> String {
    let mut page = format!("{name}\n\n{}\n", field.description);
    for (label, value) in [("takes", &field.takes), ("default", &field.default), ("example", &field.example)]
    {
        if let Some(value) = value {
            page.push_str(&format!("\n{label:<8} {value}"));
        }
    }
    page
}
