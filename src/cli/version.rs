use clap::Args;
use serde_json::json;

use super::Outcome;
use crate::diagnostic::{Exit, Failure, codes};
use crate::package::{
    Content, Destination, Embedded, all_embedded, embedded_sources, notices, package, source_hash, workspace,
};
use crate::report::{Console, Format, pairs};

/// Show the version; with `--verbose`, also the ready-made processors that this program brings.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Print the licences of all third-party code in this program and its processors.
    #[arg(long)]
    licenses: bool,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.licenses {
        let text = notices().ok_or_else(none)?;
        match console.format {
            Format::Human => console.file(&text)?,
            Format::Json => {
                console.data(&json!({"version": 1, "pipectl": version, "licenses": text}).to_string())?;
            }
        }
        return Ok(Exit::Done);
    }
    let here = workspace().and_then(|folder| source_hash(&folder).ok());
    let embedded: Vec<Processor> = all_embedded().map(Processor::of).collect::<Result<_, _>>()?;
    let text = match console.format {
        Format::Json => json!({
            "version": 1, "pipectl": version, "contract": processor::config::VERSION,
            "sources": embedded_sources(), "sources_here": here,
            "embedded": embedded.iter().map(Processor::json).collect::<Vec<_>>(),
        })
        .to_string(),
        Format::Human if console.verbose => {
            let mut rows = vec![("contract", processor::config::VERSION.to_string())];
            rows.extend(embedded_sources().map(|hash| ("sources", hash.to_owned())));
            rows.extend(here.map(|hash| ("sources here", hash)));
            rows.extend(embedded.iter().flat_map(Processor::rows));
            if embedded.is_empty() {
                rows.push(("embedded", "no processor: this is not a release".to_owned()));
            }
            format!("pipectl {version}\n{}", pairs(rows))
        }
        Format::Human => format!("pipectl {version}"),
    };
    console.data(&text)?;
    Ok(Exit::Done)
}

/// An embedded processor, as it is printed.
struct Processor {
    architecture: &'static str,
    bytes: usize,
    binary_bytes: usize,
    sha256: String,
}

impl Processor {
    fn of(one: Embedded) -> Result<Self, Failure> {
        let artifact = package(&Content::Zip(one.zip), Destination::ThisMachine, None)?;
        Ok(Self {
            architecture: one.name,
            bytes: artifact.zip.len(),
            binary_bytes: artifact.binary_bytes,
            sha256: artifact.sha256().to_owned(),
        })
    }

    fn rows(&self) -> [(&'static str, String); 2] {
        let sizes = format!("{}, {} bytes, zipped {}", self.architecture, self.binary_bytes, self.bytes);
        [("embedded", sizes), ("", format!("sha256 {}", self.sha256))]
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "architecture": self.architecture, "bytes": self.bytes, "binary_bytes": self.binary_bytes,
            "sha256": self.sha256,
        })
    }
}

/// The failure for a build without notices: its crates are listed in `Cargo.lock`.
fn none() -> Failure {
    Failure::failed(
        codes::PACKAGE_NO_NOTICES,
        "this build of pipectl holds no third-party licences: it is not a release",
        "run `.ci/notices FILE` in a clone of pipectl's repository, or `pipectl version --licenses` of a release",
    )
}
