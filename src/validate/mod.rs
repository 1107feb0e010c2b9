pub struct CheckedSpec {
    spec: crate::spec::Spec,
}
impl CheckedSpec {
    pub fn spec(&self) -> &crate::spec::Spec {
        &self.spec
    }
    pub fn stub(text: &str) -> Self {
        Self { spec: serde_yaml::from_str(text).unwrap() }
    }
}
