//! Commands that a message suggests, with the flags that were used.

use camino::Utf8Path;

use super::target::Target;
use crate::aws::shown_endpoint;

/// A command to type next, quoted for a shell, with the same target as this one: `pipectl status 'my specs/dev.yaml'
/// --local`.
#[must_use]
pub fn command_line(verb: &str, spec: &Utf8Path, target: &Target, more: &str) -> String {
    let spec = quoted(spec.as_str());
    let local = if target.local { " --local" } else { "" };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    format!("pipectl {verb} {spec}{local}{}{more}", flags(target))
}

/// The flags that select account, region and endpoint, each after a blank; the AWS CLI has the same. Settings of the
/// environment also apply to the next command, and the local cloud has neither profiles nor endpoints.
#[must_use]
pub fn flags(target: &Target) -> String {
    let endpoint = target.endpoint.as_deref().map(shown_endpoint);
    let given = [
        ("--profile", "AWS_PROFILE", target.profile.as_deref().filter(|_| !target.local)),
        ("--region", "AWS_REGION", target.region.as_deref()),
        // Its variable applies to the next command as well.
        ("--endpoint-url", "", endpoint.as_deref().filter(|_| !target.local)),
    ];
    let is_in_environment = |variable: &str, value: &str| {
        std::env::var(variable).is_ok_and(|is_in_environment| is_in_environment == value)
    };
    given
        .into_iter()
        .filter_map(|(flag, variable, value)| {
            Some((flag, value.filter(|value| !is_in_environment(variable, value))?))
        })
        .map(|(flag, value)| format!(" {flag} {}", quoted(value)))
        .collect()
}

/// The text quoted as one word of a shell. Only a NUL cannot be quoted, and a command line cannot contain one.
#[must_use]
pub fn quoted(text: &str) -> String {
    shlex::try_quote(text).unwrap_or_default().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_split_is_quoted() {
        let local = Target { local: true, ..Target::default() };
        assert_eq!(
            command_line("plan", Utf8Path::new("specs/dev.yaml"), &Target::default(), ""),
            "pipectl plan specs/dev.yaml"
        );
        assert_eq!(
            command_line("send", Utf8Path::new("my specs/dev.yaml"), &local, "--wait"),
            "pipectl send 'my specs/dev.yaml' --local --wait"
        );
    }

    #[test]
    fn a_printed_command_has_the_same_target() {
        let target = Target {
            profile: Some("two words".to_owned()),
            region: Some("eu-west-9".to_owned()),
            endpoint: Some("https://ada:secret@example.com/".to_owned()),
            local: false,
        };
        assert_eq!(
            command_line("dlq list", Utf8Path::new("a.yaml"), &target, "--limit 1"),
            "pipectl dlq list a.yaml --profile 'two words' --region eu-west-9 --endpoint-url https://example.com/ --limit 1"
        );
        let local = Target { local: true, ..target };
        assert_eq!(
            command_line("plan", Utf8Path::new("a.yaml"), &local, ""),
            "pipectl plan a.yaml --local --region eu-west-9"
        );
    }
}
