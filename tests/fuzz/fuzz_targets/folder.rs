use camino::{Utf8Path, Utf8PathBuf};
use pipectl::diagnostic::{Failure, codes};
use pipectl::render::{Sandbox, Template, render};
use pipectl::source;
use pipectl::validate::validate;

use crate::diagnostics;

/// A spec in a folder of this process.
pub struct Folder(Utf8PathBuf);

impl Folder {
    /// A folder of this name, with a spec that has this text under `deploy`.
    pub fn new(name: &str, deploy: &str) -> Self {
        let folder = Utf8PathBuf::from_path_buf(std::env::temp_dir()).expect("UTF-8");
        let folder = folder.join(format!("pipectl-fuzz-{name}-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("templates")).expect("a folder");
        let spec = format!(
            "version: 1\nname: shipments\nenvironment: test\nbus: {{pattern: {{source: [c]}}}}\ndeploy: {deploy}\n"
        );
        std::fs::write(folder.join("spec.yaml"), spec).expect("written");
        Self(folder)
    }

    pub fn path(&self) -> &Utf8Path {
        &self.0
    }

    /// The stack of the spec and the files beside it. An error has a location and a reason, and is never in pipectl's own
    /// files.
    pub fn render(&self, sandbox: &dyn Sandbox) -> Result<Template, Failure> {
        let checked = source::read(&self.0.join("spec.yaml")).and_then(|tree| validate(&tree, false));
        let rendered = checked.and_then(|checked| render(&checked, sandbox));
        if let Err(failure) = &rendered {
            assert!(!failure.diagnostics.is_empty(), "refused without a reason");
            for diagnostic in &failure.diagnostics {
                assert!(
                    ![codes::RENDER_BROKEN, codes::RENDER_NOT_STARTED].contains(&diagnostic.code),
                    "{diagnostic:?}"
                );
                // Otherwise nothing would ever be expanded.
                assert!(!diagnostic.code.name.starts_with("spec::"), "{diagnostic:?}");
                diagnostics::check(diagnostic, &failure.sources);
            }
        }
        rendered
    }
}
