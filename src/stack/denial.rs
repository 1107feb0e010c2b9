//! Which permission a denied call lacked.

/// The content of a service's message about a call without permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial<'a> {
    /// `kms:Decrypt` and the like, if the service names one: it need not be the action that was called.
    pub action: Option<&'a str>,
    /// The ARN of the resource.
    pub resource: Option<&'a str>,
    /// The kind of policy that denies it explicitly: no other policy can allow it then.
    pub denied_by: Option<&'a str>,
    /// Only its owner can read it, by `sts:DecodeAuthorizationMessage`.
    pub encoded: bool,
}

impl<'a> Denial<'a> {
    /// Parses
    /// `User: arn:… is not authorized to perform: sqs:SendMessage on resource: arn:… because no identity-based policy allows the sqs:SendMessage action`,
    /// or the parts of it that are present.
    #[must_use]
    pub fn read(message: &'a str) -> Self {
        Self {
            action: after(message, "not authorized to perform: ").filter(|action| is_action(action)),
            resource: after(message, "on resource: ").filter(|resource| resource.starts_with("arn:")),
            denied_by: message
                .split_once("explicit deny in ")
                .map(|(_, remainder)| remainder.split([':', '(', '.']).next().unwrap_or(remainder).trim()),
            encoded: message.contains("Encoded authorization failure message"),
        }
    }
}

/// The word after `words`, without the punctuation around it.
fn after<'a>(message: &'a str, words: &str) -> Option<&'a str> {
    let (_, remainder) = message.split_once(words)?;
    let word = remainder.split_whitespace().next()?;
    Some(word.trim_matches(['"', '\'', '`', ',', '.', ')', ';', ':']))
}

fn is_action(word: &str) -> bool {
    let is_name = |text: &str| {
        !text.is_empty()
            && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
    };
    word.split_once(':').is_some_and(|(service, verb)| is_name(service) && is_name(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_the_resource_and_the_kind_of_policy_are_read_where_they_are_named() {
        let read = Denial::read(
            "User: arn:aws:sts::123456789012:assumed-role/dev/ada is not authorized to perform: kms:Decrypt on \
             resource: arn:aws:kms:eu-west-1:123456789012:key/1 with an explicit deny in a service control policy: \
             arn:aws:organizations::1:policy/o-1/p-1",
        );
        assert_eq!(read.action, Some("kms:Decrypt"));
        assert_eq!(read.resource, Some("arn:aws:kms:eu-west-1:123456789012:key/1"));
        assert_eq!(read.denied_by, Some("a service control policy"));

        let read = Denial::read(
            "User: arn:aws:iam::1:user/a is not authorized to perform: cloudwatch:GetMetricStatistics because no \
             identity-based policy allows the cloudwatch:GetMetricStatistics action",
        );
        assert_eq!(read.action, Some("cloudwatch:GetMetricStatistics"));
        assert_eq!((read.resource, read.denied_by), (None, None));
    }

    #[test]
    fn what_names_nothing_is_read_as_nothing() {
        for message in
            ["Access Denied", "", "User is not authorized to perform: this", "not authorized to perform: "]
        {
            let read = Denial::read(message);
            assert_eq!((read.action, read.resource, read.denied_by, read.encoded), (None, None, None, false));
        }
        let encoded =
            "You are not authorized to perform this operation. Encoded authorization failure message: abc";
        assert!(Denial::read(encoded).encoded);
    }
}
