//! Checks the files that the SDK reads by itself before it reads them. The SDK opens files of any kind: it waits for a
//! pipe, and reads a device endlessly.

use crate::diagnostic::{Failure, codes};
use crate::input::{self, Origin, Refusal};

/// Bytes of such a file. Those of a team with hundreds of accounts have fewer than a hundred thousand.
const LARGEST: u64 = 1024 * 1024;
const NOTHING: &str = "/dev/null";
/// Variables that name files, and the default paths.
const FILES: [(&str, Option<&str>); 4] = [
    ("AWS_CONFIG_FILE", Some("config")),
    ("AWS_SHARED_CREDENTIALS_FILE", Some("credentials")),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", None),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", None),
];

/// Checks each of the files. A missing one is left to the SDK to report.
///
/// # Errors
/// One is not a regular file, or too large.
pub(super) fn check(variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
    let home = variable("HOME");
    for (name, default) in FILES {
        let (path, named) = match (variable(name), default, &home) {
            (Some(path), ..) => (path, format!("of `{name}` ")),
            (None, Some(file), Some(home)) => (format!("{home}/.aws/{file}"), String::new()),
            (None, ..) => continue,
        };
        // The empty device is used to disable these settings.
        if path == NOTHING {
            continue;
        }
        match input::read(&path, Origin::Own, LARGEST) {
            Ok(_) | Err(Refusal::Missing | Refusal::System(_)) => {}
            Err(refusal) => {
                return Err(Failure::failed(
                    codes::AWS_NO_CREDENTIALS,
                    format!("the file `{path}` {named}cannot be read: {refusal}"),
                    refusal.help(),
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_pipes_and_folders_are_refused_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe").to_str().expect("UTF-8").to_owned();
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        let there = folder.path().join("file").to_str().expect("UTF-8").to_owned();
        fs_err::write(&there, "[default]\n").expect("a file");
        for (name, _) in FILES {
            let with = |path: &str| {
                let path = path.to_owned();
                check(move |asked| (asked == name).then(|| path.clone()))
            };
            for wrong in ["/dev/zero", pipe.as_str(), "/"] {
                let failure = with(wrong).expect_err("a refusal");
                let message = &failure.diagnostics[0].message;
                assert!(message.contains(name) && message.contains(wrong), "{message}");
            }
            assert!(with(&there).is_ok() && with("/no/such/file").is_ok() && with(NOTHING).is_ok());
        }
        assert!(check(|_| None).is_ok());
    }
}
