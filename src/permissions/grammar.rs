//! The allowed values in a policy. In a resource and in a condition `*` and `?` match anything and `${…}` is a variable
//! of IAM: a value with one of them would allow more than it names.

use crate::partition::PARTITIONS;

/// Characters of a stack's name (CloudFormation).
const STACK_NAME: usize = 128;
const PROVIDER: &str = "oidc-provider/token.actions.githubusercontent.com";

/// An external value, escaped so that a policy matches it literally (IAM User Guide, "Policy variables").
pub(super) fn literal(value: &str) -> String {
    value.replace("${", "${$}{").replace('*', "${*}").replace('?', "${?}")
}

/// Checks a region's name, such as `eu-west-1`.
///
/// # Errors
/// It is invalid, as a message.
pub fn region(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let whole = match parts.as_slice() {
        [area, first, names @ .., number] => {
            let alphabetic = [&[*area, *first], names].concat();
            (area.len() == 2 || *area == "eusc")
                && alphabetic.iter().all(|part| made_of(part, u8::is_ascii_lowercase))
                && number.len() <= 2
                && made_of(number, u8::is_ascii_digit)
        }
        _ => false,
    };
    valid(whole, text, "write a region such as `eu-west-1`")
}

/// Checks an account's id.
///
/// # Errors
/// It is invalid, as a message.
pub fn account(text: &str) -> Result<String, String> {
    valid(is_account(text), text, "write the twelve digits of an account")
}

/// Checks a stack's name.
///
/// # Errors
/// It is invalid, as a message.
pub fn stack(text: &str) -> Result<String, String> {
    let whole = text.len() <= STACK_NAME
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && made_of(text, |byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    valid(whole, text, "write the name of one stack: letters, digits and hyphens")
}

/// Checks a branch's name, by git's rules (git-check-ref-format).
///
/// # Errors
/// It is invalid, as a message.
pub fn branch(text: &str) -> Result<String, String> {
    let fits = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let whole = text.split('/').all(fits)
        && !text.chars().any(|one| one.is_control() || " ~^:?*[\\".contains(one))
        && !has(&["..", "@{"])
        && !text.ends_with('.')
        && !text.starts_with('-')
        && text != "@";
    valid(whole, text, "write the name of one branch, without `*` and `?`")
}

/// Checks the ARN of an account's provider for GitHub.
///
/// # Errors
/// It is invalid, as a message.
pub fn provider(text: &str) -> Result<String, String> {
    let whole = match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", partition, "iam", "", account, PROVIDER] => {
            PARTITIONS.iter().any(|one| one.id == *partition) && is_account(account)
        }
        _ => false,
    };
    valid(whole, text, &format!("write the ARN of the provider: `arn:aws:iam::ACCOUNT:{PROVIDER}`"))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && made_of(text, u8::is_ascii_digit)
}

fn made_of(text: &str, alphabet: fn(&u8) -> bool) -> bool {
    !text.is_empty() && text.as_bytes().iter().all(alphabet)
}

fn valid(is_valid: bool, text: &str, help: &str) -> Result<String, String> {
    is_valid.then(|| text.to_owned()).ok_or_else(|| help.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_one_part() {
        let all = |read: fn(&str) -> Result<String, String>, good: &[&str], bad: &[&str]| {
            for text in good {
                assert_eq!(read(text).as_deref(), Ok(*text));
            }
            for text in bad {
                assert!(read(text).is_err(), "{text}");
            }
        };
        all(
            region,
            &["eu-west-1", "us-gov-east-1", "eusc-de-east-1", "us-isob-east-1", "ap-southeast-12"],
            &[
                "",
                "x*",
                "*",
                "eu-west-*",
                "eu-west-?",
                "eu-west",
                "eu-west-1/",
                "EU-west-1",
                "eu--1",
                "eu-1",
                "eu-west-123",
            ],
        );
        all(account, &["123456789012"], &["", "*", "12345678901", "12345678901*", "１２３４"]);
        all(stack, &["a", "Old-stack-1"], &["", "*", "a*", "a/b", "1a", "a_b", "a?", "arn:aws:x", "${a}"]);
        all(
            branch,
            &["main", "release/1.2", "feature/ä#1", "a@b", "weird${name}"],
            &[
                "",
                "*",
                "release/*",
                "a?",
                "a b",
                "a..b",
                "/a",
                "a/",
                "a//b",
                ".a",
                "a.lock",
                "a~1",
                "a:b",
                "-x",
                "@",
                "a\n",
            ],
        );
        all(
            provider,
            &[
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
                "arn:aws-cn:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
            ],
            &[
                "arn:aws:iam::*:oidc-provider/token.actions.githubusercontent.com",
                "arn:aws:iam::123456789012:oidc-provider/*:oidc-provider/token.actions.githubusercontent.com",
                "arn:*:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
                "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com.example.org",
            ],
        );
    }

    #[test]
    fn names_of_others_are_literal() {
        assert_eq!(literal("a-b_c/d.e"), "a-b_c/d.e");
        assert_eq!(literal("*a?${aws:username}$"), "${*}a${?}${$}{aws:username}$");
    }
}
