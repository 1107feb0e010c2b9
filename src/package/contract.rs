//! The version of the contract that a program contains, read without running it.

use std::io::BufRead as _;

use camino::Utf8Path;
use processor::config::{CONTRACT_MARK, VERSION};

use super::source::READY_MADE;
use crate::diagnostic::{Failure, codes};

/// What names a program: what to do about a wrong one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedBy {
    /// `processor.code` of the spec.
    Code,
    /// `PIPECTL_PROCESSOR`.
    Variable,
}

/// Whether a program reads what this pipectl writes for it.
///
/// # Errors
/// It contains another version of the contract, or none.
pub(super) fn of_this_contract(file: &Utf8Path, program: &[u8], named_by: NamedBy) -> Result<(), Failure> {
    let found = contract(program);
    if found == Some(VERSION) {
        return Ok(());
    }
    let version = env!("CARGO_PKG_VERSION");
    let (name, without, help) = match named_by {
        NamedBy::Code => (
            format!("`{file}`"),
            "its `main` does not call `pipectl_processor::run_with`",
            format!(
                "write `pipectl-processor = \"={version}\"` in its `Cargo.toml`, call `run_with` in its `main`, and build it again"
            ),
        ),
        NamedBy::Variable => (
            format!("`{file}`, which `{READY_MADE}` names,"),
            "it is of an older pipectl, or not a processor of pipectl",
            format!(
                "build it again from the sources of pipectl {version}, or unset `{READY_MADE}`; a program of your own that reads this \
                 contract contains the text `{CONTRACT_MARK}{VERSION};`"
            ),
        ),
    };
    let reason = match found {
        Some(found) => {
            format!("has version {found} of the contract, but this pipectl needs version {VERSION}")
        }
        None => format!("contains no version of the contract: {without}"),
    };
    Err(Failure::failed(codes::PACKAGE_OTHER_CONTRACT, format!("{name} {reason}"), help))
}

/// The version that a program contains.
fn contract(program: &[u8]) -> Option<u32> {
    let (first, mark) = CONTRACT_MARK.as_bytes().split_first()?;
    let mut remainder = program;
    // The standard library searches for a byte fast without optimisation, too.
    while remainder.skip_until(*first).is_ok_and(|skipped| skipped > 0) {
        let Some(text) = remainder.strip_prefix(mark) else { continue };
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let version = std::str::from_utf8(text.get(..digits)?).ok().and_then(|digits| digits.parse().ok());
        if text.get(digits) == Some(&b';') && version.is_some() {
            return version;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_the_contract_is_read_out_of_the_bytes() {
        let with = |text: &str| [b"\x7fELF pipectl-contract: pip", text.as_bytes(), b"\0more"].concat();
        assert_eq!(contract(&with("pipectl-contract:2;")), Some(2));
        assert_eq!(contract(&with("pipectl-contract:17;")), Some(17));
        assert_eq!(contract(b"pipectl-contract:3;"), Some(3));
        for none in
            ["", "pipectl-contract:", "pipectl-contract:;", "pipectl-contract:2", "pipectl-contract:x;"]
        {
            assert_eq!(contract(&with(none)), None, "{none}");
        }
        assert_eq!(contract(b""), None);
    }

    #[test]
    fn another_contract_is_refused_with_what_to_do_where_the_program_is_named() {
        let refused = |program: &[u8], named_by| {
            let failure = of_this_contract("mine".into(), program, named_by).expect_err("another contract");
            let one = failure.diagnostics[0].clone();
            (one.message, one.help.unwrap_or_default())
        };
        let (message, help) = refused(b"pipectl-contract:1;", NamedBy::Code);
        assert!(message.starts_with("`mine` has version 1 of the contract"), "{message}");
        assert!(help.contains(&format!("\"={}\"", env!("CARGO_PKG_VERSION"))), "{help}");
        assert!(refused(b"\x7fELF", NamedBy::Code).0.contains("does not call"));
        let (message, help) = refused(b"\x7fELF", NamedBy::Variable);
        assert!(
            message.starts_with("`mine`, which `PIPECTL_PROCESSOR` names, contains no version"),
            "{message}"
        );
        let own = format!("{CONTRACT_MARK}{VERSION};");
        assert!(help.contains("unset `PIPECTL_PROCESSOR`") && help.contains(&own), "{help}");
        assert!(of_this_contract("mine".into(), own.as_bytes(), NamedBy::Variable).is_ok());
    }
}
