//! A CloudFormation template with the role that a repository's workflow assumes, and its policies.

use serde_json::{Value, json};

use super::grammar::literal;
use super::{Location, Permissions};

/// The issuer of the tokens of GitHub's workflows.
const ISSUER: &str = "token.actions.githubusercontent.com";

/// The workflow that may assume the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// `owner/name`, or `owner@12/name@34` with the ids of both: tokens of repositories that were created or renamed
    /// after 2026-07-15 have them.
    pub path: String,
    pub environment: Option<String>,
}

impl Repository {
    /// Parses `OWNER/REPO[:ENVIRONMENT]`.
    ///
    /// # Errors
    /// What is wrong with it, as a message.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, environment) = match text.split_once(':') {
            Some((path, environment)) => (path, Some(environment)),
            None => (text, None),
        };
        let parts: Vec<&str> = path.split('/').collect();
        let ids = parts.iter().filter(|part| part.contains('@')).count();
        let whole = parts.len() == 2 && parts.iter().all(|part| is_name(part)) && ids != 1;
        if !whole {
            return Err("write `OWNER/REPO`, or `OWNER@ID/REPO@ID` with the ids of both".to_owned());
        }
        if environment.is_some_and(|name| name.is_empty() || name.contains(['*', '?'])) {
            return Err("write the environment's name after the colon, without `*` and `?`".to_owned());
        }
        Ok(Self { path: path.to_owned(), environment: environment.map(str::to_owned) })
    }

    /// The only trusted subject. Colons in names are written as `%3A`.
    fn subject(&self, branch: &str) -> String {
        let claim = match &self.environment {
            Some(environment) => format!("environment:{}", literal(&environment.replace(':', "%3A"))),
            None => format!("ref:refs/heads/{}", literal(branch)),
        };
        format!("repo:{}:{claim}", self.path)
    }
}

/// Letters, digits, `.`, `-` and `_`, with an id of digits after `@`.
fn is_name(part: &str) -> bool {
    let (name, id) = part.split_once('@').map_or((part, None), |(name, id)| (name, Some(id)));
    let plain = |character: char| character.is_ascii_alphanumeric() || ".-_".contains(character);
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    !name.is_empty() && name.chars().all(plain) && id.is_none_or(is_id)
}

/// The inputs of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Github {
    pub repository: Repository,
    /// The trusted branch, if no environment is given.
    pub branch: String,
    /// The ARN of the account's provider for GitHub; `None`: the template creates it. An account has one at most.
    pub provider: Option<String>,
}

/// The template.
#[must_use]
pub fn github(wanted: &Github, permissions: &Permissions, location: &Location, stack: &str) -> Value {
    let audience = match location.partition {
        "aws-cn" => "sts.amazonaws.com.cn",
        _ => "sts.amazonaws.com",
    };
    let provider = match &wanted.provider {
        Some(arn) => json!(arn),
        None => json!({"Ref": "GitHubProvider"}),
    };
    let mut resources = serde_json::Map::new();
    if wanted.provider.is_none() {
        resources.insert(
            "GitHubProvider".to_owned(),
            json!({
                "Type": "AWS::IAM::OIDCProvider",
                "Properties": {"Url": format!("https://{ISSUER}"), "ClientIdList": [audience]},
            }),
        );
    }
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {
                format!("{ISSUER}:aud"): audience,
                format!("{ISSUER}:sub"): wanted.repository.subject(&wanted.branch),
            }},
        }],
    });
    let parts = permissions.caller.parts();
    let name = |index: usize| format!("DeployerPolicy{}", index + 1);
    let policies: Vec<Value> = (0..parts.len()).map(|index| json!({"Ref": name(index)})).collect();
    resources.insert(
        "DeployerRole".to_owned(),
        json!({
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Description": format!("deploys {stack} from {}", wanted.repository.path),
                "AssumeRolePolicyDocument": trust,
                "ManagedPolicyArns": policies,
            },
        }),
    );
    for (index, part) in parts.into_iter().enumerate() {
        resources.insert(
            name(index),
            json!({
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": format!("what pipectl needs for {stack}, part {}", index + 1),
                    "PolicyDocument": part,
                },
            }),
        );
    }
    json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("lets a GitHub workflow deploy {stack} with pipectl"),
        "Resources": resources,
        "Outputs": {"DeployerRoleArn": {"Value": {"Fn::GetAtt": ["DeployerRole", "Arn"]}}},
    })
}

/// The template as YAML, for a file.
#[must_use]
pub fn github_text(template: &Value) -> String {
    // Text keys and plain values, all of which YAML can represent. The two versions would be dates in YAML 1.1.
    let text = serde_yaml::to_string(template).unwrap_or_else(|_| template.to_string());
    ["2010-09-09", "2012-10-17"].iter().fold(text, |text, date| {
        text.replace(&format!("Version: {date}\n"), &format!("Version: \"{date}\"\n"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_read_with_its_ids_and_its_environment() {
        let read = |text: &str| Repository::parse(text).map(|read| read.subject("main"));
        assert_eq!(read("acme/pipes").as_deref(), Ok("repo:acme/pipes:ref:refs/heads/main"));
        assert_eq!(read("acme/pipes:prod").as_deref(), Ok("repo:acme/pipes:environment:prod"));
        assert_eq!(read("acme@12/pipes@34:a:b").as_deref(), Ok("repo:acme@12/pipes@34:environment:a%3Ab"));
        for wrong in [
            "acme",
            "acme/*",
            "acme/pipes:*",
            "a/b/c",
            "acme@12/pipes",
            "acme@x/pipes@34",
            "/pipes",
            "acme/pipes:",
            "acme/pi?es",
            "acme /pipes",
        ] {
            assert!(Repository::parse(wrong).is_err(), "{wrong}");
        }
    }
}
