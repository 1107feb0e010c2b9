//! An operation on a stack, as it was asked for: what the rules on resources look at.

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
    /// What is deployed; none before a creation.
    pub(crate) before: Option<Template>,
    /// What was asked for; none after a deletion.
    pub(crate) after: Template,
    /// `ImportExistingResources`.
    pub(crate) imports_existing: bool,
    /// `ROLLBACK`, `DELETE` or `DO_NOTHING`.
    pub(crate) on_failure: String,
    pub(crate) token: String,
    /// Set as it is executed: what is retained goes all the same when its own creation is rolled back.
    pub(crate) retain_except_on_create: bool,
    /// Why the change set failed.
    pub(crate) findings: Vec<Finding>,
    /// It was executed, and a resource failed.
    pub(crate) is_over: bool,
    /// How many change sets of the stack had been executed when its creation was asked for.
    pub(crate) after_executions: usize,
}

/// What the validation of a change set found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) logical_id: String,
    /// The change set's `StatusReason`.
    pub(crate) status_reason: String,
    /// The longer words of `DescribeEvents`.
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

    /// As the handler of a resource type words what its service answered.
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
    /// What a call asks for, when it asks for an operation by itself or by a change set.
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

    /// The resources the operation makes: those that are new, or whose name or type is another.
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

    /// The resources that stay, before and after.
    pub(crate) fn kept(&self, kind: &'static str) -> Vec<(Resource<'_>, Resource<'_>)> {
        let made: Vec<&str> = self.made().iter().map(|resource| resource.id).collect();
        let stays = self.after.of_type(kind).filter(|resource| !made.contains(&resource.id));
        stays.filter_map(|after| Some((self.before.as_ref()?.resource(after.id)?, after))).collect()
    }

    /// The resources the operation deletes: those that go, and those that others replace.
    pub(crate) fn deleted(&self) -> Vec<Resource<'_>> {
        let made: Vec<&str> = self.made().iter().map(|resource| resource.id).collect();
        let goes = |resource: &Resource<'_>| {
            self.after.resource(resource.id).is_none() || made.contains(&resource.id)
        };
        self.before.iter().flat_map(Template::resources).filter(goes).collect()
    }
}

/// The template of a call: its text, or what lies where it says.
fn given(call: &Call, upstream: &Upstream) -> Option<Template> {
    if call.has("TemplateBody") {
        return Template::parse(call.text("TemplateBody"));
    }
    let url = call.text("TemplateURL");
    let (_, path) = url.split_once("://")?.1.split_once('/')?;
    let bytes = upstream.object(&format!("/{path}"))?;
    Template::parse(&String::from_utf8(bytes).ok()?)
}

/// The id of a stack as the local cloud answers it.
pub(crate) fn stack_id(upstream: &Upstream, region: &str, stack: &str) -> Option<String> {
    xml::first(&upstream.stack(region, stack), "StackId")
}
