//! Sessions of MFA devices in the AWS CLI's cache.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use camino::Utf8PathBuf;
use serde_json::{Map, Value, json};
use sha1::{Digest as _, Sha1};

use super::mfa::Role;
use crate::input::{self, Origin};
use crate::save::{self, Access, Link};

/// The shortest remaining validity for which a cached session is used: the AWS CLI's own limit.
const LEFT: Duration = Duration::from_secs(15 * 60);
/// Bytes of a cached session; a real one has two or three kilobytes.
const LARGEST: u64 = 64 * 1024;

/// A cached session of the role, from pipectl or the AWS CLI. A device's code is valid for one session only, and
/// `plan`, `apply` and `status` are three commands.
pub(super) fn cached(role: &Role) -> Option<Credentials> {
    let text = input::text(file(role)?, Origin::Private, LARGEST).ok()?;
    let session: Value = serde_json::from_str(&text).ok()?;
    let text = |name: &str| session["Credentials"][name].as_str().map(ToOwned::to_owned);
    // The CLI writes the time zone by name.
    let until: jiff::Timestamp = text("Expiration")?.replace("UTC", "Z").parse().ok()?;
    let until = SystemTime::from(until);
    (until > SystemTime::now() + LEFT).then_some(()).and_then(|()| {
        Some(Credentials::new(
            text("AccessKeyId")?,
            text("SecretAccessKey")?,
            text("SessionToken"),
            Some(until),
            "assumed role",
        ))
    })
}

/// Caches a session where the AWS CLI caches its own, readable by this user only. If that fails, the next command asks
/// for a code again.
pub(super) fn keep(role: &Role, session: &Credentials) {
    let _ = try_keep(role, session);
}

fn try_keep(role: &Role, session: &Credentials) -> Option<()> {
    let file = file(role)?;
    let until = jiff::Timestamp::try_from(session.expiry()?).ok()?;
    let text = json!({"Credentials": {
        "AccessKeyId": session.access_key_id(),
        "SecretAccessKey": session.secret_access_key(),
        "SessionToken": session.session_token()?,
        "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }});
    let folder = file.parent()?;
    fs_err::create_dir_all(folder).ok()?;
    save::replace(&file, text.to_string().as_bytes(), Access::Owner, Link::Replace).ok()
}

/// The AWS CLI's cache file: its name is the SHA-1 of the role's parameters as Python formats them in JSON. `None`: the
/// role requires no code, or Python would format it differently.
fn file(role: &Role) -> Option<Utf8PathBuf> {
    let home = Utf8PathBuf::from_path_buf(std::env::home_dir()?).ok()?;
    let name: String = Sha1::digest(question(role)?).iter().map(|byte| format!("{byte:02x}")).collect();
    Some(home.join(".aws/cli/cache").join(format!("{name}.json")))
}

fn question(role: &Role) -> Option<String> {
    let mut asked = Map::new();
    let mut put =
        |name: &str, value: Option<Value>| drop(value.map(|value| asked.insert(name.to_owned(), value)));
    put("DurationSeconds", role.seconds.map(Into::into));
    put("ExternalId", role.external_id.clone().map(Into::into));
    put("RoleArn", Some(role.arn.clone().into()));
    put("RoleSessionName", role.session_name.clone().map(Into::into));
    put("SerialNumber", Some(role.mfa_serial.clone()?.into()));
    let pairs: Vec<String> = asked.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    Some(format!("{{{}}}", pairs.join(", "))).filter(|text| text.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What botocore 1.43 writes for the same profile.
    #[test]
    fn the_question_is_written_as_the_aws_cli_writes_it() {
        let role = Role {
            profile: "coded".to_owned(),
            arn: "arn:aws:iam::123456789012:role/deployer".to_owned(),
            session_name: Some("ada".to_owned()),
            external_id: None,
            mfa_serial: Some("arn:aws:iam::123456789012:mfa/ada".to_owned()),
            seconds: Some(7200),
        };
        assert_eq!(
            question(&role).as_deref(),
            Some(
                r#"{"DurationSeconds": 7200, "RoleArn": "arn:aws:iam::123456789012:role/deployer", "RoleSessionName": "ada", "SerialNumber": "arn:aws:iam::123456789012:mfa/ada"}"#
            )
        );
        let name = file(&role).and_then(|path| path.file_name().map(str::to_owned));
        assert_eq!(name.as_deref(), Some("2888a8c03f7d19d902c5cf99f073eaa26a0cc383.json"));
        assert_eq!(question(&Role { mfa_serial: None, ..role }), None);
    }
}
