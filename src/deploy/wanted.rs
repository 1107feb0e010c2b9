//! Template, parameters and tags that a stack is to have.

use std::collections::BTreeMap;

use super::artifact_store;
use super::observer::Observer;
use super::package::{mapping_file, package_for};
use super::session::Session;
use super::template::template;
use crate::diagnostic::Failure;
use crate::package::Artifact;
use crate::plan::Content;
use crate::render::Template;
use crate::spec::{Rollout, Spec};
use crate::validate::CheckedSpec;

/// The wanted content of a stack, and how to apply it.
#[derive(Clone)]
pub struct Wanted {
    pub template: Template,
    pub artifact: Artifact,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub(super) role_arn: Option<String>,
    pub(super) production: bool,
    pub(super) rollout: Rollout,
}

impl Wanted {
    /// Whether it is for production.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.production
    }
}

/// What the spec wants: the built and packed processor, and the rendered template.
///
/// # Errors
/// The processor cannot be built, or the spec's own templates are invalid.
pub fn want(
    session: &Session,
    checked: &CheckedSpec,
    observer: &mut dyn Observer,
) -> Result<Wanted, Failure> {
    let spec = checked.spec();
    let mapping = mapping_file(spec);
    let artifact = package_for(spec, session.is_local(), mapping.as_deref(), observer)?;
    let template = template(session.is_local(), checked)?;
    let parameters = artifact_store::parameters(&session.store, &template.parsed, &artifact.key);
    Ok(Wanted::new(
        spec,
        artifact,
        Content { template: template.parsed.clone(), parameters, tags: spec.tags() },
    )
    .with_text(template))
}

impl Wanted {
    /// A former content, deployed with the current spec's settings.
    pub(super) fn new(spec: &Spec, artifact: Artifact, content: Content) -> Self {
        let Content { template, parameters, tags } = content;
        Self {
            template: Template::from_parsed(template),
            artifact,
            parameters,
            tags,
            role_arn: spec.deploy.role_arn.clone(),
            production: spec.deploy.production,
            rollout: spec.deploy.rollout.clone(),
        }
    }

    /// The same template in its original text, comments included.
    pub(super) fn with_text(self, template: Template) -> Self {
        Self { template, ..self }
    }

    #[must_use]
    pub fn content(&self) -> Content {
        Content {
            template: self.template.parsed.clone(),
            parameters: self.parameters.clone(),
            tags: self.tags.clone(),
        }
    }
}
