use clap::Args;

use super::reporter::Reporter;
use super::{Global, Outcome, runtime};
use crate::deploy::{Fleet, fleet};
use crate::diagnostic::Exit;
use crate::permissions::grammar;
use crate::report::{Console, Format, fleet_json, fleet_text, printable};

/// Show all stacks that pipectl deployed, from any spec: state, versions, and who applied last.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Look in these regions, separated by commas. If left out: `--region`, else the region of the AWS
    /// configuration.
    #[arg(long, value_name = "REGION", value_delimiter = ',', value_parser = grammar::region)]
    regions: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    runtime::run(global, async {
        let found = fleet(&global.target(), &arguments.regions, &mut Reporter::new(console)).await?;
        match console.format {
            Format::Json => console.data(&fleet_json(&found))?,
            Format::Human if found.stacks.is_empty() => console.note("  no stacks that pipectl deployed"),
            Format::Human => console.data(&fleet_text(&found, console.columns()))?,
        }
        warn_of_unread(&found, console);
        Ok(Exit::Done)
    })
}

fn warn_of_unread(found: &Fleet, console: &mut Console) {
    for unread in &found.unread {
        let what = match unread.stacks {
            0 => unread.region.clone(),
            1 => format!("a stack in {}", unread.region),
            count => format!("{count} stacks in {}", unread.region),
        };
        let help = unread.diagnostic.help.as_deref().unwrap_or_default();
        let line = format!("{what}: {}\n    {help}", unread.diagnostic.message);
        console.complain(&format!(
            "  {:<14}{}",
            "not read",
            line.lines().map(printable).collect::<Vec<_>>().join("\n")
        ));
    }
}
