//! The permissions of a spec's commands in an account: the least IAM policy, from two tables. One has the calls of
//! pipectl for each command, the other those of CloudFormation as the caller for each type of resource.

mod calls;
mod command;
mod github;
pub mod grammar;
mod grant;
mod handlers;
mod location;
mod own;
mod policy;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::spec::{Rollout, Spec};
use grant::add;
use location::{artifact_key, named_keys};
use own::Stack;

pub use calls::{CALLS, Call, Needs, On};
pub use command::Command;
pub use github::{Github, Repository, github, github_text};
pub use grant::{By, Condition, Grant};
pub use location::Location;
pub use policy::{INLINE_CHARACTERS, MANAGED_CHARACTERS, Policy};

/// The permissions of each caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Permissions {
    /// Of the caller of pipectl.
    pub caller: Policy,
    /// Of `deploy.role_arn`, if the spec has one and a command changes the stack.
    pub service_role: Option<Policy>,
    /// Types of resources in the template that the table does not have: CloudFormation's calls for them are missing.
    pub unknown: Vec<String>,
    /// The commands they are for.
    pub commands: BTreeSet<Command>,
}

/// The permissions that `commands` need for a spec and its template. `former`: the name of a stack that `apply --adopt`
/// adopts.
#[must_use]
pub fn permissions(
    spec: &Spec,
    template: &Value,
    location: &Location,
    commands: &BTreeSet<Command>,
    former: Option<&str>,
) -> Permissions {
    let stack = Stack { spec, template, location, former };
    let mut caller = own_calls(&stack, commands);
    let for_resources = stack.grants(commands);
    let role = spec.deploy.role_arn.as_ref();
    let boundary = spec.deploy.permissions_boundary.as_deref();
    let not_ours = spec.bus.existing_name().map(|name| location.arn("events", &format!("event-bus/{name}")));
    let mut service_role = None;
    match role {
        None => caller.extend(for_resources.into_iter().map(through_cloudformation)),
        Some(role) => {
            caller.extend(pass(role, commands));
            let policy = || Policy::new(for_resources.clone(), boundary).beside(not_ours.clone());
            service_role = (!for_resources.is_empty()).then(policy);
        }
    }
    // A caller who creates no roles needs no statements about their boundaries.
    let boundary = boundary.filter(|_| role.is_none());
    Permissions {
        caller: Policy::new(caller, boundary).beside(not_ours),
        service_role,
        unknown: stack.unknown(),
        commands: commands.clone(),
    }
}

/// The calls of pipectl itself.
fn own_calls(stack: &Stack<'_>, commands: &BTreeSet<Command>) -> Vec<Grant> {
    let Stack { spec, location, .. } = *stack;
    let mut grants = Vec::new();
    for call in CALLS {
        let wanted: BTreeSet<Command> =
            call.commands.iter().copied().filter(|command| commands.contains(command)).collect();
        if wanted.is_empty() || !has(stack, call.needs) {
            continue;
        }
        for action in call.actions.split_whitespace() {
            grants.push(Grant {
                action: action.to_owned(),
                resources: resources(call.on, stack),
                condition: condition(call.on, spec, location),
                commands: wanted.clone(),
                by: By::Pipectl,
                optional: call.optional,
            });
        }
    }
    grants
}

fn has(stack: &Stack<'_>, needs: Needs) -> bool {
    let spec = stack.spec;
    match needs {
        Needs::Nothing => true,
        Needs::Production => spec.deploy.production,
        Needs::ExistingBus => spec.bus.existing.is_some(),
        Needs::Canary => matches!(spec.deploy.rollout, Rollout::Canary(_)),
        Needs::Encryption => {
            spec.encryption == crate::spec::Encryption::StackKey || !named_keys(spec).is_empty()
        }
        Needs::NamedKey => !named_keys(spec).is_empty(),
        Needs::StackKey => spec.encryption == crate::spec::Encryption::StackKey,
        Needs::Adoption => stack.former.is_some(),
        Needs::NestedStack => !stack.nested().is_empty(),
        Needs::OwnBucket => spec.deploy.artifacts.is_none(),
        Needs::TaggedBucket => spec.deploy.artifacts.is_none() && !spec.deploy.tags.is_empty(),
        Needs::GivenBucket => spec.deploy.artifacts.is_some(),
        Needs::ArtifactKey => artifact_key(spec).is_some(),
    }
}

fn resources(on: On, of: &Stack<'_>) -> BTreeSet<String> {
    let Stack { spec, location, former, .. } = *of;
    let names = spec.resolved_names();
    let named = |stack: &str| location.arn("cloudformation", &format!("stack/{stack}"));
    let queue = |name: &String| location.arn("sqs", name);
    let stack = named(&format!("{}/*", names.stack));
    let table = location.arn("dynamodb", &format!("table/{}", names.table));
    let replays = location.arn("events", &format!("replay/{}-*", names.archive));
    let list = match on {
        On::All => vec!["*".to_owned()],
        On::Stack => vec![stack],
        // It is not documented which of them IAM checks; the names of pipectl's change sets begin so.
        On::ChangeSet => vec![stack, location.arn("cloudformation", "changeSet/pipectl-*/*")],
        On::Stacks => vec![named("*/*")],
        On::Nested => of.nested(),
        On::Former => former.iter().map(|name| named(&format!("{name}/*"))).collect(),
        On::FormerNested => former.iter().map(|name| named(&format!("{name}-*/*"))).collect(),
        On::Named(kind) => of.own(kind, "", &mut Condition::new()),
        On::Bucket | On::Listing | On::ListingOfAll => vec![location.bucket()],
        On::Records => vec![location.records(&names)],
        On::RecordsOfAll => vec![location.keys("stacks/*")],
        On::Artifacts => location.artifacts(),
        On::Bus => vec![location.arn("events", &format!("event-bus/{}", names.bus))],
        On::Replays => vec![replays],
        On::ReplayedArchive => {
            let mut list = of.own("AWS::Events::Archive", "events:CreateArchive", &mut Condition::new());
            list.push(replays);
            list
        }
        On::Queue => vec![queue(&names.queue)],
        On::DeadLetters => [&names.dead_letter_queue, &names.undelivered_queue].map(queue).to_vec(),
        On::Queues => [&names.queue, &names.dead_letter_queue, &names.undelivered_queue].map(queue).to_vec(),
        On::Table => vec![table],
        On::Rows => vec![format!("{table}/index/*"), table],
        // Its version and its alias are requested as `name:qualifier`.
        On::Function => own::functions(location, &names.processor),
        On::Mapping => vec![location.arn("lambda", "event-source-mapping:*")],
        On::Key => own::keys(spec, location),
        On::NamedKeys => named_keys(spec),
        On::FormerKey => vec![location.arn("kms", "key/*")],
        On::ArtifactKey => artifact_key(spec).into_iter().collect(),
    };
    list.into_iter().collect()
}

fn condition(on: On, spec: &Spec, location: &Location) -> Condition {
    let mut condition = Condition::new();
    match on {
        // A missing key returns 404 to a caller who may list the bucket; that request has no prefix.
        On::Listing => {
            let records = format!("{}stacks/{}/*", location.prefix, spec.resolved_names().stack);
            add(&mut condition, "StringLikeIfExists", "s3:prefix", &[records]);
        }
        On::ListingOfAll => {
            add(&mut condition, "StringLike", "s3:prefix", &[format!("{}stacks/*", location.prefix)]);
        }
        On::Mapping => own::of_function(&mut condition, location, &spec.resolved_names().processor),
        On::Key => own::guard_key(&mut condition, spec, location),
        On::FormerKey => own::ours(&mut condition, "StringEqualsIfExists", "aws:ResourceTag", spec),
        _ => {}
    }
    condition
}

/// Only CloudFormation may make the call for the caller.
fn through_cloudformation(mut grant: Grant) -> Grant {
    // Lambda reads the zip, and each service uses its key, with the caller's permissions passed on once more: the key and
    // the bucket are named instead.
    let makes_key = grant.by == By::CloudFormation("AWS::KMS::Key");
    let passed_on = ["s3", "kms"].contains(&grant.service()) && !makes_key;
    if !passed_on {
        let service = "cloudformation.amazonaws.com".to_owned();
        add(&mut grant.condition, "StringEquals", "aws:CalledViaFirst", &[service]);
    }
    grant
}

/// The permission to pass the service role to CloudFormation, and to no other service.
fn pass(role: &str, commands: &BTreeSet<Command>) -> Option<Grant> {
    let wanted: BTreeSet<Command> =
        commands.iter().copied().filter(|command| command.passes_role()).collect();
    let mut condition = Condition::new();
    let service = "cloudformation.amazonaws.com".to_owned();
    add(&mut condition, "StringEquals", "iam:PassedToService", &[service]);
    (!wanted.is_empty()).then(|| Grant {
        action: "iam:PassRole".to_owned(),
        resources: BTreeSet::from([role.to_owned()]),
        condition,
        commands: wanted,
        by: By::Pipectl,
        optional: false,
    })
}

/// The grants of one command and service for display: actions in order, each once.
#[must_use]
pub fn by_command(policy: &Policy) -> BTreeMap<(Command, String), BTreeMap<String, bool>> {
    let mut rows: BTreeMap<(Command, String), BTreeMap<String, bool>> = BTreeMap::new();
    for grant in policy.grants.iter().filter(|grant| grant.by == By::Pipectl) {
        let (service, name) = grant.action.split_once(':').unwrap_or(("", &grant.action));
        for command in &grant.commands {
            let actions = rows.entry((*command, service.to_owned())).or_default();
            // An action that one call requires is not optional, even if another call can do without it.
            let optional = actions.get(name).is_none_or(|known| *known) && grant.optional;
            actions.insert(name.to_owned(), optional);
        }
    }
    rows
}
