//! The artifact bucket of a spec.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::aws::{ArtifactStore, Maker};
use crate::spec::Spec;

pub(super) const BUCKET: &str = "ArtifactBucket";
pub(super) const PREFIX: &str = "ArtifactPrefix";
pub(super) const KEY: &str = "ArtifactKey";
pub(super) const VERSION: &str = "ArtifactVersion";
/// S3's own value for the version of an object in a bucket without versioning.
pub(super) const NO_VERSION: &str = "null";

/// The artifact store of a spec.
#[must_use]
pub fn store(spec: &Spec, account: &str, region: &str) -> ArtifactStore {
    let own = ArtifactStore::own(account, region, spec.deploy.tags.clone());
    match &spec.deploy.artifacts {
        None => own,
        Some(given) => ArtifactStore {
            bucket: given.bucket.clone(),
            prefix: given.prefix.clone().unwrap_or_default(),
            kms_key: given.kms_key.as_ref().map(|key| key.0.clone()),
            maker: Maker::Others,
            ..own
        },
    }
}

/// The template parameters that locate a zip. Older templates have neither prefix nor version.
pub(super) fn parameters(store: &ArtifactStore, template: &Value, name: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::from([(BUCKET.to_owned(), store.bucket.clone())]);
    if declares(template, PREFIX) {
        parameters.insert(PREFIX.to_owned(), store.prefix.clone());
        parameters.insert(KEY.to_owned(), name.to_owned());
    } else {
        parameters.insert(KEY.to_owned(), store.key(name));
    }
    if declares(template, VERSION) {
        parameters.insert(VERSION.to_owned(), NO_VERSION.to_owned());
    }
    parameters
}

fn declares(template: &Value, parameter: &str) -> bool {
    template["Parameters"][parameter].is_object()
}

/// Whether the template has a parameter for the version, which determines the code.
pub(super) fn pins(template: &Value) -> bool {
    declares(template, VERSION) && template["Resources"].to_string().contains(VERSION)
}

/// The version in the parameters.
pub(super) fn version(parameters: &BTreeMap<String, String>) -> Option<&str> {
    parameters.get(VERSION).map(String::as_str).filter(|version| *version != NO_VERSION)
}

/// Locates the deployed object with the deployed parameters. A template without the prefix parameter has the prefix in
/// the key, and the name of the processor's version derives from the key.
pub(super) fn keep_key(wanted: &mut BTreeMap<String, String>, deployed: &BTreeMap<String, String>) {
    let location = |parameters: &BTreeMap<String, String>| {
        let text = |name: &str| parameters.get(name).cloned().unwrap_or_default();
        (text(BUCKET), text(PREFIX) + &text(KEY))
    };
    if wanted.contains_key(PREFIX) && location(wanted) == location(deployed) {
        for name in [PREFIX, KEY] {
            wanted.insert(name.to_owned(), deployed.get(name).cloned().unwrap_or_default());
        }
    }
}

/// The location of a zip by the parameters.
pub(super) struct StoredArtifact<'a> {
    pub(super) store: ArtifactStore,
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
}

impl<'a> StoredArtifact<'a> {
    /// `store`: for what the parameters do not set.
    pub(super) fn of(parameters: &'a BTreeMap<String, String>, store: &ArtifactStore) -> Option<Self> {
        let key = parameters.get(KEY)?;
        let bucket = parameters.get(BUCKET).unwrap_or(&store.bucket).clone();
        // A template without the parameter has the prefix in the key.
        let (before, _) = key.rsplit_once("processor/")?;
        let prefix = format!("{}{before}", parameters.get(PREFIX).map_or("", String::as_str));
        let store = ArtifactStore { bucket, prefix, ..store.clone() };
        Some(Self { store, name: key.strip_prefix(before)?, version: version(parameters) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_gets_the_parameters_that_it_declares() {
        let own = ArtifactStore::own("111122223333", "eu-west-1", BTreeMap::new());
        let store = ArtifactStore { prefix: "team/".to_owned(), ..own.clone() };
        let older = json!({"Parameters": {BUCKET: {}, KEY: {}}});
        let newer = json!({"Parameters": {BUCKET: {}, KEY: {}, PREFIX: {}, VERSION: {}}});
        let name = "processor/ab.zip";
        let key = |template: &Value| parameters(&store, template, name).remove(KEY);
        assert_eq!(key(&older).as_deref(), Some("team/processor/ab.zip"));
        assert_eq!(key(&newer).as_deref(), Some(name));
        assert_eq!(parameters(&store, &older, name).len(), 2);
        let deployed = parameters(&store, &older, name);
        let mut upgraded = parameters(&store, &newer, name);
        keep_key(&mut upgraded, &deployed);
        assert_eq!((&upgraded[KEY], &upgraded[PREFIX]), (&deployed[KEY], &String::new()));
        for given in [&deployed, &upgraded, &parameters(&store, &newer, name)] {
            let artifact = StoredArtifact::of(given, &own).expect("a place");
            assert_eq!((artifact.store, artifact.name, artifact.version), (store.clone(), name, None));
        }
        // Another zip, or another location, uses the current parameters.
        for other in ["processor/cd.zip", "elsewhere/processor/ab.zip"] {
            let mut wanted = parameters(&store, &newer, other);
            keep_key(&mut wanted, &deployed);
            assert_eq!((wanted[KEY].as_str(), wanted[PREFIX].as_str()), (other, "team/"));
        }
    }
}
