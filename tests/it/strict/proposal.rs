//! An operation on a stack, as requested: the input of the rules on resources.

use super::call::Call;
use super::template::{Resource, Template};
use super::upstream::Upstream;
use super::xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Creation,
    Update,
    Import,
    Deletion,
}

#[derive(Debug, Clone)]
pub(crate) struct Proposal {
    pub(crate) kind: Kind,
    pub(crate) region: String,
    pub(crate) stack: String,
    /// The deployed template; none before a creation.
    pub(crate) before: Option<Template>,
    /// The requested template; none after a deletion.
    pub(crate) after: Template,
    /// `ImportExistingResources`.
    pub(crate) imports_existing: bool,
    /// `ROLLBACK`, `DELETE` or `DO_NOTHING`.
    pub(crate) on_failure: String,
    pub(crate) token: String,
    /// Set when it is executed: a retained resource is still deleted if its own creation is rolled back.
    pub(crate) retain_except_on_create: bool,
    /// Why the change set failed.
    pub(crate) findings: Vec<Finding>,
    /// It was executed, and a resource failed.
    pub(crate) is_over: bool,
    /// The number of executed change sets of the stack when its creation was requested.
    pub(crate) after_executions: usize,
}

/// A finding of a change set's validation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) logical_id: String,
    /// The change set's `StatusReason`.
    pub(crate) status_reason: String,
    /// The longer message of `DescribeEvents`.
    pub(crate) reason: Option<String>,
}

/// A resource that fails while the operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) logical_id: String,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(resource: Resource<'_>, reason: impl Into<String>) -> Self {
        Self { logical_id: resource.id.to_owned(), reason: reason.into() }
    }

    /// The message of a resource type's handler for its service's answer.
    pub(crate) fn handler(resource: Resource<'_>, message: &str, service: &str, code: &str) -> Self {
        let id = "00000000-0000-0000-0000-000000000000";
        let reason = format!(
            "Resource handler returned message: \"{message} (Service: {service}, Status Code: 400, Request ID: {id})\" \
             (RequestToken: {id}, HandlerErrorCode: {code})"
        );
        Self::new(resource, reason)
    }
}

impl Proposal {
    /// The operation that a call requests, directly or by a change set.
    pub(crate) fn of(call: &Call, upstream: &Upstream) -> Option<Self> {
        let stack = call.text("StackName").to_owned();
        let kind = match (call.name.as_str(), call.text("ChangeSetType")) {
            ("CreateStack", _) | ("CreateChangeSet", "CREATE") => Kind::Creation,
            ("CreateChangeSet", "IMPORT") => Kind::Import,
            ("UpdateStack" | "CreateChangeSet", _) => Kind::Update,
            ("DeleteStack", _) => Kind::Deletion,
            _ => return None,
        };
        let before = upstream.template(&call.region, &stack);
        let after = match kind {
            Kind::Deletion => Template::parse("{}"),
            _ => given(call, upstream).or_else(|| before.clone()),
        };
        let mut after = after?;
        for number in 1.. {
            let member = |name: &str| call.parameters.get(&format!("Parameters.member.{number}.{name}"));
            let (Some(key), Some(value)) = (member("ParameterKey"), member("ParameterValue")) else { break };
            after.parameters.insert(key.clone(), value.clone());
        }
        let on_failure = match (call.text("OnStackFailure"), call.text("OnFailure")) {
            _ if call.is_true("DisableRollback") => "DO_NOTHING",
            ("", given) | (given, _) => given,
        };
        Some(Self {
            kind,
            before,
            after,
            imports_existing: call.is_true("ImportExistingResources"),
            on_failure: on_failure.to_owned(),
            token: call.text("ClientRequestToken").to_owned(),
            retain_except_on_create: call.is_true("RetainExceptOnCreate"),
            findings: Vec::new(),
            is_over: false,
            after_executions: 0,
            region: call.region.clone(),
            stack,
        })
    }

    /// The resources that the operation creates: new ones, and those with another name or type.
    pub(crate) fn made(&self) -> Vec<Resource<'_>> {
        let name = |template: &Template, resource: Resource<'_>| template.name_of(resource, &self.region);
        let is_new = |resource: &Resource<'_>| {
            let former =
                self.before.as_ref().and_then(|before| Some((before, before.resource(resource.id)?)));
            former.is_none_or(|(before, former)| {
                former.kind != resource.kind || name(before, former) != name(&self.after, *resource)
            })
        };
        self.after.resources().filter(is_new).collect()
    }

    /// The resources that remain, before and after.
    pub(crate) fn in_both(&self, kind: &'static str) -> Vec<(Resource<'_>, Resource<'_>)> {
        let made: Vec<&str> = self.made().iter().map(|resource| resource.id).collect();
        let stays = self.after.of_type(kind).filter(|resource| !made.contains(&resource.id));
        stays.filter_map(|after| Some((self.before.as_ref()?.resource(after.id)?, after))).collect()
    }

    /// The resources that the operation deletes: removed ones, and those that are replaced.
    pub(crate) fn deleted(&self) -> Vec<Resource<'_>> {
        let made: Vec<&str> = self.made().iter().map(|resource| resource.id).collect();
        let is_deleted = |resource: &Resource<'_>| {
            self.after.resource(resource.id).is_none() || made.contains(&resource.id)
        };
        self.before.iter().flat_map(Template::resources).filter(is_deleted).collect()
    }
}

/// The template of a call: its text, or the object that it refers to.
fn given(call: &Call, upstream: &Upstream) -> Option<Template> {
    if call.has("TemplateBody") {
        return Template::parse(call.text("TemplateBody"));
    }
    let url = call.text("TemplateURL");
    let (_, path) = url.split_once("://")?.1.split_once('/')?;
    let bytes = upstream.object(&format!("/{path}"))?;
    Template::parse(&String::from_utf8(bytes).ok()?)
}

/// The id of a stack in the local cloud's answer.
pub(crate) fn stack_id(upstream: &Upstream, region: &str, stack: &str) -> Option<String> {
    xml::first(&upstream.stack(region, stack), "StackId")
}
