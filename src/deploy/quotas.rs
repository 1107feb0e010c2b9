//! The account's quotas, compared with what the spec asks for.

use super::observer::{Notice, Observer};
use super::session::Session;
use crate::diagnostic::codes;
use crate::spec::Spec;
use crate::validate::{AccountQuotas, Quota, excesses};

/// Reports what exceeds the account's concurrency quota, as Lambda returns it. If the caller may not read it, the
/// defaults hold, by which the spec was validated already.
pub async fn judge_quotas(session: &Session, spec: &Spec, observer: &mut dyn Observer) {
    // The local cloud has no quota.
    if session.is_local() || !asks_for_concurrency(spec) {
        return;
    }
    let Ok(value) = session.clients.concurrent_executions().await else { return };
    for line in quota_lines(spec, value) {
        observer.notice(Notice::Warning(&line));
    }
}

fn asks_for_concurrency(spec: &Spec) -> bool {
    let batch = &spec.processor.batch;
    spec.load.is_some()
        || spec.processor.reserved_concurrency.is_some()
        || batch.max_concurrency.is_some()
        || batch.pollers.is_some()
}

/// What in the spec exceeds this number of concurrent executions of the account, each with what to do about it.
#[must_use]
pub fn over_concurrency(spec: &Spec, value: u32) -> Vec<(String, String)> {
    let concurrency = Quota { value, known: "as Lambda reports it".to_owned() };
    over(spec, &AccountQuotas { concurrency, ..AccountQuotas::of(spec) })
}

fn over(spec: &Spec, quotas: &AccountQuotas) -> Vec<(String, String)> {
    let found = excesses(spec, quotas).into_iter();
    let found = found.filter(|excess| excess.code == codes::LOAD_OVER_CONCURRENCY);
    found.map(|excess| (excess.message, excess.help)).collect()
}

/// The warnings for an account with this number of concurrent executions.
fn quota_lines(spec: &Spec, value: u32) -> Vec<String> {
    let assumed = AccountQuotas::of(spec);
    let found = over_concurrency(spec, value);
    if found.is_empty() && !over(spec, &assumed).is_empty() {
        return vec![format!(
            "  {:<14}the account has {value} concurrent executions, which is enough: state it with `deploy: {{quotas: \
             {{concurrent_executions: {value}}}}}`",
            "quotas"
        )];
    }
    // The same number was reported already.
    let found = found.into_iter().filter(|_| value != assumed.concurrency.value);
    found.map(|(message, help)| format!("  warning: {message}\n    {help}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_accounts_own_concurrency_overrides_the_default() {
        let spec = |most: u32| -> Spec {
            let spec = json!({"version": 1, "name": "a", "environment": "b", "bus": {"pattern": {"source": ["a"]}},
                "processor": {"batch": {"pollers": {"min": 2, "max": most}}}});
            serde_json::from_value(spec).expect("a spec")
        };
        assert_eq!(quota_lines(&spec(50), 1000), [] as [&str; 0]);
        assert_eq!(quota_lines(&spec(200), 1000), [] as [&str; 0], "the default was told by validate");
        let few = quota_lines(&spec(50), 10);
        assert!(
            few[0].contains("the account has 10 concurrent executions (as Lambda reports it)"),
            "{few:?}"
        );
        let raised = quota_lines(&spec(200), 5000);
        assert!(raised[0].contains("concurrent_executions: 5000"), "{raised:?}");
    }
}
