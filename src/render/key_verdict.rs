//! Whether a key's policy allows the actions that a service needs.

use serde_json::Value;

use super::key_policy::{Needed, texts};

/// The result of a key's policy for one need. Only its statements are evaluated: grants and the account's own policies
/// are not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyVerdict {
    Allowed,
    /// No statement allows these actions.
    Missing(Vec<String>),
    /// Statements allow them, but only if these condition keys match.
    Conditional {
        keys: Vec<String>,
        /// Whether the request is known not to have them; otherwise they are unknown.
        refuses: bool,
    },
    /// A statement denies these without a condition.
    Denied(Vec<String>),
}

impl Needed {
    /// The result of `policy`, a key's policy document, for this need.
    #[must_use]
    pub fn judge(&self, policy: &Value) -> KeyVerdict {
        let statements: Vec<&Value> = match &policy["Statement"] {
            Value::Array(statements) => statements.iter().collect(),
            one => vec![one],
        };
        let [mut missing, mut denied, mut keys] = [Vec::new(), Vec::new(), Vec::new()];
        let mut refuses = true;
        for action in self.actions().into_iter().flat_map(essential) {
            let (denying, allowing): (Vec<&Value>, Vec<&Value>) = statements
                .iter()
                .copied()
                .filter(|statement| self.is_of(statement) && acts(statement, action))
                .partition(|statement| statement["Effect"] == "Deny");
            let unmet: Vec<Vec<&String>> = allowing.iter().map(|statement| self.unmet(statement)).collect();
            if denying.iter().any(|statement| statement.get("Condition").is_none()) {
                denied.push(action.to_owned());
            } else if unmet.is_empty() {
                missing.push(action.to_owned());
            } else if !unmet.iter().any(Vec::is_empty) {
                refuses &= unmet.iter().all(|keys| keys.iter().any(|key| self.lacks(key)));
                keys.extend(unmet.into_iter().flatten().cloned());
            }
        }
        keys.sort();
        keys.dedup();
        match (denied.is_empty(), missing.is_empty(), keys.is_empty()) {
            (false, ..) => KeyVerdict::Denied(denied),
            (_, false, _) => KeyVerdict::Missing(missing),
            (.., false) => KeyVerdict::Conditional { keys, refuses },
            _ => KeyVerdict::Allowed,
        }
    }

    /// Whether the statement applies to the caller.
    fn is_of(&self, statement: &Value) -> bool {
        let Value::Object(found) = &statement["Principal"] else {
            // Everyone, services included.
            return statement["Principal"] == "*";
        };
        let wanted = self.principal().as_object();
        wanted.into_iter().flatten().any(|(kind, wanted)| {
            let everyone = found.get("AWS").is_some_and(|one| list(one).contains(&&Value::from("*")));
            let named = found.get(kind).is_some_and(|found| {
                list(found).into_iter().any(|found| found == wanted || is_account(found, wanted))
            });
            everyone || named
        })
    }

    /// Whether a request for this need has no such condition key.
    fn lacks(&self, key: &str) -> bool {
        let key = key.to_lowercase();
        let of_another_service = key.starts_with("kms:encryptioncontext:aws:")
            && !key.starts_with("kms:encryptioncontext:aws:sqs:")
            && !self.context.keys().any(|known| known.eq_ignore_ascii_case(&key));
        self.absent.iter().any(|absent| absent.eq_ignore_ascii_case(&key)) || of_another_service
    }

    /// The condition keys of a statement that the request is not known to satisfy.
    fn unmet<'a>(&self, statement: &'a Value) -> Vec<&'a String> {
        let operators = statement.get("Condition").and_then(Value::as_object);
        let mut unmet = Vec::new();
        for (operator, keys) in operators.into_iter().flatten() {
            let compares = operator.trim_end_matches("IfExists").rsplit(':').next().unwrap_or_default();
            for (key, values) in keys.as_object().into_iter().flatten() {
                let ours = self.context.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
                let met = ours.is_some_and(|(_, ours)| {
                    list(values).into_iter().any(|value| meets(compares, value, ours))
                });
                if !met {
                    unmet.push(key);
                }
            }
        }
        unmet
    }
}

/// The actions actually called, of those that a documented pattern covers.
fn essential(action: &str) -> Vec<&str> {
    match action {
        "kms:Describe*" => vec!["kms:DescribeKey"],
        "kms:ReEncrypt*" => vec!["kms:ReEncryptFrom", "kms:ReEncryptTo"],
        "kms:*" => vec![action],
        other => vec![other.trim_end_matches('*')],
    }
}

fn meets(operator: &str, wanted: &Value, ours: &Value) -> bool {
    match operator {
        "StringEquals" => wanted == ours,
        // `true` and `"true"` are the same to IAM.
        "Bool" => wanted.to_string().trim_matches('"') == ours.to_string().trim_matches('"'),
        "StringLike" | "ArnLike" | "ArnEquals" => match (wanted.as_str(), ours.as_str()) {
            (Some(wanted), Some(ours)) => like(wanted, ours),
            _ => wanted == ours,
        },
        _ => false,
    }
}

/// Whether an account's id means its root.
fn is_account(found: &Value, root: &Value) -> bool {
    let account = root.as_str().and_then(|arn| arn.strip_suffix(":root")?.rsplit(':').next());
    account.is_some() && found.as_str() == account
}

fn acts(statement: &Value, action: &str) -> bool {
    let covers = |pattern: &&str| like(&pattern.to_lowercase(), &action.to_lowercase());
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(actions), _) => texts(actions).iter().any(covers),
        (None, Some(others)) => !texts(others).iter().any(covers),
        (None, None) => false,
    }
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        one => vec![one],
    }
}

/// Whether a text matches an IAM pattern: `*` matches any characters, `?` one.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // The position of the last `*`, and how much of the text was read there.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match (pattern.get(at), star) {
            (Some('*'), _) => {
                star = Some((at, read));
                at += 1;
            }
            (Some(one), _) if *one == '?' || *one == text[read] => {
                at += 1;
                read += 1;
            }
            (_, Some((star_at, from))) => {
                star = Some((star_at, from + 1));
                at = star_at + 1;
                read = from + 1;
            }
            _ => return false,
        }
    }
    pattern[at..].iter().all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::key_policy::key_policies;
    use super::*;
    use crate::spec::Spec;

    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn needs() -> Vec<Needed> {
        let spec = json!({
            "version": 1, "name": "ship", "environment": "prod", "bus": {"pattern": {"source": ["a"]}},
            "encryption": {"kms_key": KEY},
        });
        let spec: Spec = serde_json::from_value(spec).expect("a spec");
        key_policies(&spec, None).remove(0).statements
    }

    fn need(sid: &str) -> Needed {
        needs().into_iter().find(|need| need.sid() == sid).expect("a need")
    }

    /// The result of each for its own statement with these changes.
    fn changed(sid: &str, change: impl Fn(&mut Value)) -> KeyVerdict {
        let need = need(sid);
        let mut statement = need.statement.clone();
        change(&mut statement);
        need.judge(&json!({"Statement": [statement]}))
    }

    #[test]
    fn the_needed_statements_together_meet_every_need_and_each_alone_its_own() {
        let needs = needs();
        let sids: Vec<&str> = needs.iter().map(Needed::sid).collect();
        assert_eq!(sids, ["FromAccount", "FromRule", "FromBusToLook", "FromBus", "FromAlarms", "FromLog"]);
        let all: Vec<&Value> = needs.iter().map(|need| &need.statement).collect();
        for need in &needs {
            assert_eq!(need.judge(&json!({"Statement": all})), KeyVerdict::Allowed, "{}", need.sid());
            assert_eq!(need.judge(&json!({"Statement": need.statement})), KeyVerdict::Allowed);
            let others: Vec<&&Value> = all.iter().filter(|other| other["Sid"] != need.sid()).collect();
            let verdict = need.judge(&json!({"Statement": others}));
            let refused =
                matches!(verdict, KeyVerdict::Missing(_) | KeyVerdict::Conditional { refuses: true, .. });
            assert!(refused, "{}: {verdict:?}", need.sid());
        }
    }

    #[test]
    fn a_source_condition_on_eventbridges_own_statement_is_none_it_meets() {
        let verdict = changed("FromRule", |statement| {
            statement["Condition"] = json!({
                "ArnEquals": {"aws:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/ship-prod/ship-rule-prod"},
                "StringEquals": {"aws:SourceAccount": "123456789012"},
            });
        });
        let keys = ["aws:SourceAccount", "aws:SourceArn"].map(str::to_owned).to_vec();
        assert_eq!(verdict, KeyVerdict::Conditional { keys, refuses: true });
        let via = changed("FromRule", |statement| {
            statement["Condition"] = json!({"StringLike": {"kms:ViaService": "sqs.*"}});
        });
        let keys = vec!["kms:ViaService".to_owned()];
        assert_eq!(via, KeyVerdict::Conditional { keys, refuses: false }, "not documented either way");
    }

    #[test]
    fn documented_conditions_are_met_by_their_values_and_by_patterns_around_them() {
        let with = |sid: &str, operator: &str, key: &str, value: &str| {
            changed(sid, |statement| statement["Condition"] = json!({operator: {key: [value]}}))
        };
        let bus = "kms:EncryptionContext:aws:events:event-bus:arn";
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/ship-prod";
        assert_eq!(with("FromBus", "StringEquals", bus, arn), KeyVerdict::Allowed);
        assert_eq!(with("FromBus", "StringLike", bus, "arn:aws:events:*"), KeyVerdict::Allowed);
        assert_eq!(with("FromBus", "StringEquals", "AWS:SourceAccount", "123456789012"), KeyVerdict::Allowed);
        let other = with("FromBus", "StringEquals", bus, "arn:aws:events:eu-west-1:123456789012:event-bus/x");
        assert_eq!(other, KeyVerdict::Conditional { keys: vec![bus.to_owned()], refuses: false });
        let alarms = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*";
        assert_eq!(with("FromAlarms", "ArnLike", "aws:SourceArn", alarms), KeyVerdict::Allowed);
        let one = with("FromAlarms", "ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*:*:alarm:one");
        let keys = vec!["aws:SourceArn".to_owned()];
        assert_eq!(one, KeyVerdict::Conditional { keys, refuses: false });
        assert!(matches!(with("FromBus", "Null", bus, "false"), KeyVerdict::Conditional { .. }));
    }

    #[test]
    fn wider_principals_and_actions_count_and_narrower_do_not() {
        for principal in
            [json!("*"), json!({"AWS": "*"}), json!({"Service": ["a.example", "events.amazonaws.com"]})]
        {
            let verdict = changed("FromRule", |statement| statement["Principal"] = principal.clone());
            assert_eq!(verdict, KeyVerdict::Allowed, "{principal}");
        }
        for principal in
            [json!({"Service": "sns.amazonaws.com"}), json!({"AWS": "arn:aws:iam::123456789012:root"})]
        {
            let verdict = changed("FromRule", |statement| statement["Principal"] = principal.clone());
            assert!(matches!(verdict, KeyVerdict::Missing(_)), "{principal}");
        }
        for action in [json!("kms:*"), json!("*"), json!(["kms:decrypt", "KMS:GenerateData*"])] {
            let verdict = changed("FromRule", |statement| statement["Action"] = action.clone());
            assert_eq!(verdict, KeyVerdict::Allowed, "{action}");
        }
        let verdict = changed("FromRule", |statement| statement["Action"] = json!("kms:Decrypt"));
        assert_eq!(verdict, KeyVerdict::Missing(vec!["kms:GenerateDataKey".to_owned()]));
        let verdict = changed("FromAlarms", |statement| {
            statement["Action"] = json!(["kms:Decrypt", "kms:GenerateDataKey"]);
        });
        assert_eq!(verdict, KeyVerdict::Allowed, "the documented pattern is wider than what is called");
        let verdict =
            changed("FromAccount", |statement| statement["Principal"] = json!({"AWS": ["123456789012"]}));
        assert_eq!(verdict, KeyVerdict::Allowed, "an account's id is its root");
    }

    #[test]
    fn a_denial_without_a_condition_wins() {
        let need = need("FromRule");
        let denies = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"});
        let policy = json!({"Statement": [need.statement, denies]});
        assert_eq!(need.judge(&policy), KeyVerdict::Denied(vec!["kms:Decrypt".to_owned()]));
        let mut tls = denies;
        tls["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
        assert_eq!(need.judge(&json!({"Statement": [need.statement, tls]})), KeyVerdict::Allowed);
        assert!(matches!(need.judge(&json!({})), KeyVerdict::Missing(_)), "no policy at all");
    }

    #[test]
    fn patterns_are_those_of_iam() {
        let table = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c*", "abcb", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("abc", "abcd", false),
            ("*x*", "abc", false),
        ];
        for (pattern, text, matches) in table {
            assert_eq!(like(pattern, text), matches, "{pattern} {text}");
        }
    }
}
