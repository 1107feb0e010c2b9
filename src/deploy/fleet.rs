//! All stacks that pipectl deployed, for `list`.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::artifact_store::{BUCKET, KEY, PREFIX};
use super::local_cloud::start_local_cloud;
use super::observer::Observer;
use super::record::{Record, newest};
use super::session::show_endpoints;
use super::target::Target;
use crate::aws::{ArtifactStore, Clients, Maker, Settings};
use crate::diagnostic::{Diagnostic, Failure, codes};
use crate::operate::LastDeploy;
use crate::render::{contract_of, parse};
use crate::spec::OWNER_TAGS;
use crate::stack::{CallError, CallErrorKind, FleetApi as _, ListedStack, Phase, Stack, StackApi as _};

/// Stacks that are read concurrently: CloudFormation allows few calls a second for a whole account.
const AT_ONCE: usize = 4;

/// The stacks that pipectl deployed, and what could not be read.
#[derive(Debug, Default)]
pub struct Fleet {
    /// Sorted by region and name.
    pub stacks: Vec<Listed>,
    pub unread: Vec<Unread>,
}

/// A stack that pipectl deployed. What the caller may not read is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    pub pipeline: String,
    pub environment: String,
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// In CloudFormation's spelling.
    pub state: String,
    /// Whether its last operation succeeded.
    pub is_success: bool,
    /// Whether it is in a state that no update can change.
    pub is_stuck: bool,
    /// The version of pipectl that rendered the template.
    pub pipectl: Option<String>,
    /// The digest of the processor's zip.
    pub processor: Option<String>,
    /// The version of the contract between pipectl and the processor.
    pub contract: Option<u64>,
    pub production: Option<bool>,
    /// From the newest record; its time is in RFC 3339 and UTC.
    pub last_apply: Option<LastDeploy>,
    /// When its last operation began, in seconds since 1970.
    pub changed_at: Option<i64>,
}

/// What could not be read in a region, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    pub region: String,
    /// The number of stacks; 0: the region itself could not be read.
    pub stacks: usize,
    pub diagnostic: Diagnostic,
}

/// Finds the stacks that pipectl deployed in each of the regions, or by default in the target's. A region that cannot
/// be read is reported, and the others are read.
///
/// # Errors
/// No region could be read, or there are no credentials, or no local cloud.
pub async fn fleet(
    target: &Target,
    regions: &[String],
    observer: &mut dyn Observer,
) -> Result<Fleet, Failure> {
    let endpoint =
        if target.local { start_local_cloud(None, observer)?.endpoint } else { target.endpoint.clone() };
    let wanted: Vec<Option<String>> = match regions {
        [] => vec![target.region.clone()],
        regions => regions.iter().cloned().map(Some).collect(),
    };
    let mut fleet = Fleet::default();
    let (mut failed, mut read) = (Vec::new(), 0);
    for (index, region) in wanted.into_iter().enumerate() {
        let profile = target.profile.clone().filter(|_| !target.local);
        let settings = Settings { profile, region, endpoint: endpoint.clone(), local: target.local };
        let clients = Clients::new(settings).await?;
        if index == 0 && !target.local {
            show_endpoints(&clients.endpoints, observer);
        }
        let region = clients.region.clone();
        match of_region(clients, &mut fleet).await {
            Ok(()) => read += 1,
            Err(error) => failed.push((region, error)),
        }
    }
    match failed.first() {
        Some((_, error)) if read == 0 => return Err(error.clone().into()),
        _ => {}
    }
    let regions = failed.into_iter().map(|(region, error)| Unread {
        diagnostic: of_region_alone(&region, error),
        region,
        stacks: 0,
    });
    fleet.unread.splice(0..0, regions);
    fleet.stacks.sort_by(|left, right| (&left.region, &left.name).cmp(&(&right.region, &right.name)));
    Ok(fleet)
}

/// The same credentials are valid elsewhere, so the error is about the region.
fn of_region_alone(region: &str, error: CallError) -> Diagnostic {
    if error.kind != CallErrorKind::NoCredentials {
        return error.into();
    }
    let message = format!("region `{region}` is not enabled for this account: {error}");
    Diagnostic::error(codes::AWS_CALL_FAILED, message).help("leave it out of `--regions`, or enable it")
}

async fn of_region(clients: Clients, fleet: &mut Fleet) -> Result<(), CallError> {
    let account = clients.identity().await?.account;
    let stacks = clients.stacks().await?;
    let (clients, turns) = (Arc::new(clients), Arc::new(Semaphore::new(AT_ONCE)));
    let mut looks = JoinSet::new();
    for listed in stacks {
        let Some(one) = ours(&listed, &account, &clients.region) else { continue };
        let (clients, turns) = (Arc::clone(&clients), Arc::clone(&turns));
        looks.spawn(async move {
            let _turn = turns.acquire().await;
            look_into(&clients, one, &listed.stack).await
        });
    }
    let mut unread: BTreeMap<String, (usize, CallError)> = BTreeMap::new();
    while let Some(looked) = looks.join_next().await {
        // The task neither panics nor is cancelled.
        let Ok((listed, errors)) = looked else { continue };
        fleet.stacks.push(listed);
        for error in errors {
            unread.entry(error.operation.clone()).or_insert((0, error)).0 += 1;
        }
    }
    fleet.unread.extend(unread.into_values().map(|(stacks, error)| Unread {
        region: clients.region.clone(),
        stacks,
        diagnostic: error.into(),
    }));
    Ok(())
}

/// What its description shows of a stack; `None` if pipectl did not deploy it.
fn ours(listed: &ListedStack, account: &str, region: &str) -> Option<Listed> {
    let [pipeline, environment] = OWNER_TAGS.map(|tag| listed.stack.tags.get(tag).cloned());
    let ListedStack { stack, changed_at, is_nested } = listed;
    (!is_nested).then_some(())?;
    Some(Listed {
        name: stack.name.clone(),
        pipeline: pipeline?,
        environment: environment?,
        region: region.to_owned(),
        account: account.to_owned(),
        state: stack.status.to_string(),
        is_success: stack.status.is_success(),
        is_stuck: matches!(stack.status.phase(), Phase::Stuck | Phase::NeverCreated),
        pipectl: None,
        processor: stack.parameters.get(KEY).map(|key| digest(key).to_owned()),
        contract: None,
        production: None,
        last_apply: None,
        changed_at: *changed_at,
    })
}

/// `teams/processor/0a1b2c.zip` → `0a1b2c`.
fn digest(key: &str) -> &str {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.strip_suffix(".zip").unwrap_or(name)
}

/// Adds what the caller may read. A stack that was deleted meanwhile has no more.
async fn look_into(clients: &Clients, mut listed: Listed, stack: &Stack) -> (Listed, Vec<CallError>) {
    let mut errors = Vec::new();
    match clients.template(&stack.id).await {
        Ok(text) => listed.read_template(&text),
        Err(error) => errors.push(error),
    }
    match last_record(clients, &listed, stack).await {
        Ok(record) => {
            listed.last_apply =
                record.map(|record| LastDeploy { at: record.at, by: record.by, result: record.result });
        }
        Err(error) => errors.push(error),
    }
    errors.retain(|error| error.kind != CallErrorKind::NotFound);
    (listed, errors)
}

impl Listed {
    fn read_template(&mut self, text: &str) {
        let Ok(template) = parse(text) else { return };
        let made = &template["Metadata"]["pipectl"];
        self.pipectl = made["version"].as_str().map(str::to_owned);
        self.contract = contract_of(&template);
        let spec: Option<serde_json::Value> =
            made["spec"].as_str().and_then(|spec| serde_json::from_str(spec).ok());
        // A spec omits default values.
        self.production = spec.map(|spec| spec["deploy"]["production"] == true);
    }
}

async fn last_record(clients: &Clients, listed: &Listed, stack: &Stack) -> Result<Option<Record>, CallError> {
    let Some(bucket) = stack.parameters.get(BUCKET) else { return Ok(None) };
    let store = ArtifactStore {
        bucket: bucket.clone(),
        prefix: stack.parameters.get(PREFIX).cloned().unwrap_or_default(),
        kms_key: None,
        account: listed.account.clone(),
        maker: Maker::Others,
    };
    newest(clients, &store, &listed.name).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::StackStatus;

    fn stack(tags: &[(&str, &str)]) -> ListedStack {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let stack = Stack {
            name: "orders-prod".to_owned(),
            id: "arn".to_owned(),
            status: StackStatus::new("CREATE_COMPLETE"),
            reason: None,
            parameters: map(&[(KEY, "teams/a/processor/0a1b2c.zip")]),
            outputs: BTreeMap::new(),
            tags: map(tags),
            termination_protection: true,
            is_watched: false,
        };
        ListedStack { stack, changed_at: Some(5), is_nested: false }
    }

    const TAGS: [(&str, &str); 2] = [("pipectl:pipeline", "orders"), ("pipectl:environment", "prod")];

    #[test]
    fn only_stacks_with_both_tags_that_are_not_nested_are_ours() {
        let stack_of = |listed: &ListedStack| ours(listed, "111122223333", "eu-west-1");
        let listed = stack_of(&stack(&TAGS)).expect("ours");
        assert_eq!((listed.pipeline.as_str(), listed.environment.as_str()), ("orders", "prod"));
        assert_eq!(listed.processor.as_deref(), Some("0a1b2c"));
        assert!(listed.is_success && !listed.is_stuck);
        assert_eq!(stack_of(&stack(&TAGS[..1])), None);
        assert_eq!(stack_of(&stack(&[("team", "logistics")])), None);
        assert_eq!(stack_of(&ListedStack { is_nested: true, ..stack(&TAGS) }), None);
    }

    #[test]
    fn a_template_contains_version_contract_and_production() {
        let mut listed = ours(&stack(&TAGS), "1", "eu-west-1").expect("ours");
        let read = |listed: &mut Listed, spec: &str, config: &str| {
            let template = serde_json::json!({
                "Metadata": {"pipectl": {"version": "0.3.0", "spec": spec}},
                "Resources": {"Processor": {"Properties": {"Environment": {"Variables": {"PIPELINE_CONFIG": config}}}}},
            });
            listed.read_template(&template.to_string());
            (listed.pipectl.clone(), listed.contract, listed.production)
        };
        let version = Some("0.3.0".to_owned());
        let prod = r#"{"deploy":{"production":true}}"#;
        assert_eq!(read(&mut listed, prod, r#"{"version":9}"#), (version.clone(), Some(9), Some(true)));
        assert_eq!(read(&mut listed, "{}", "broken"), (version.clone(), None, Some(false)));
        assert_eq!(read(&mut listed, "no JSON", "[]"), (version, None, None));
        listed.read_template("Resources: {}");
        assert_eq!((listed.pipectl, listed.production), (None, None));
    }

    #[test]
    fn credentials_that_are_refused_in_one_region_are_not_at_fault() {
        use CallErrorKind::{Denied, NoCredentials};
        let diagnostic =
            |kind| of_region_alone("me-south-1", CallError::new(kind, "sts:GetCallerIdentity", "no"));
        assert!(diagnostic(NoCredentials).message.starts_with("region `me-south-1` is not enabled"));
        assert_eq!(diagnostic(Denied).code, codes::AWS_DENIED);
    }
}
