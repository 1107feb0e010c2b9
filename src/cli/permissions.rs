use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use super::agreed::agreed;
use super::{Global, Outcome, Stop, spec};
use crate::deploy::{command_line, flags, store};
use crate::diagnostic::{Diagnostic, Exit, Failure, codes};
use crate::permissions::{
    Command, Github, Location, Permissions, Policy, Repository, github, github_text, grammar, permissions,
};
use crate::render::render;
use crate::report::{Console, Format, permissions_notes, permissions_text, printable};
use crate::sandbox::Process;
use crate::spec::Spec;

/// Print the smallest IAM policy that the commands on a spec need. Offline; `--format json` prints the policy
/// document.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The spec.
    spec: Utf8PathBuf,
    /// Only what these commands need; `revert` is `drift --revert`. `list`, which reads the stacks of all specs,
    /// and `erase`, which deletes rows for good, are not in the policy unless they are named here.
    #[arg(long, value_name = "COMMAND", value_delimiter = ',', value_parser = commands())]
    command: Vec<Command>,
    /// The account id, if the spec has no `deploy.account`.
    #[arg(long, value_name = "ID", value_parser = grammar::account)]
    account: Option<String>,
    /// Add what `apply --adopt STACK` needs: it reads, changes and deletes that stack.
    #[arg(long, value_name = "STACK", value_parser = grammar::stack)]
    adopt: Option<String>,
    /// Print a CloudFormation template with the policy in a role that the GitHub workflows of this repository can
    /// assume.
    #[arg(long, value_name = "OWNER/REPO[:ENVIRONMENT]", value_parser = Repository::parse)]
    github: Option<Repository>,
    /// The branch whose workflows may assume the role, if no environment is given; `main` if left out.
    #[arg(long, requires = "github", value_parser = grammar::branch)]
    branch: Option<String>,
    /// The ARN of the account's OIDC provider for GitHub, if it already has one.
    #[arg(long, value_name = "ARN", requires = "github", value_parser = grammar::provider)]
    oidc_provider: Option<String>,
    /// Print the policy for the role under `deploy.role_arn` instead.
    #[arg(long, conflicts_with = "github")]
    service_role: bool,
}

fn commands() -> impl clap::builder::TypedValueParser<Value = Command> {
    PossibleValuesParser::new(Command::ALL.map(Command::name))
        .try_map(|name| Command::named(&name).ok_or("write the name of a command"))
}

pub(crate) fn run(arguments: &Arguments, global: &Global, console: &mut Console) -> Outcome {
    let checked = spec::load(&arguments.spec, console)?;
    let spec = checked.spec();
    let location = location(arguments, global, spec)?;
    let commands: BTreeSet<Command> = match arguments.command.as_slice() {
        [] => Command::ALL.into_iter().filter(|command| command.is_usual()).collect(),
        some => some.iter().copied().collect(),
    };
    let former = arguments.adopt.as_deref();
    if former.is_some() && !commands.contains(&Command::Apply) {
        let message = "only `apply` takes a stack over";
        let help = "add `apply` to `--command`, or leave out `--adopt`";
        return Err(usage(Diagnostic::error(codes::PERMISSIONS_UNPLACED, message).help(help)));
    }
    let found = permissions(spec, &render(&checked, &Process)?.parsed, &location, &commands, former);
    let stack = &spec.resolved_names().stack;
    if let Some(repository) = &arguments.github {
        let wanted = template_for(arguments, repository)?;
        let template = github(&wanted, &found, &location, stack);
        match console.format {
            Format::Json => console.data(&format!("{template:#}"))?,
            Format::Human => console.data(&github_text(&template))?,
        }
        console.note(&permissions_notes(&found, former, &flags(&global.target())));
        let next =
            "aws cloudformation deploy --capabilities CAPABILITY_IAM --stack-name NAME --template-file FILE";
        console.note(&format!("\n  next: {next}{}", flags(&global.target())));
        return Ok(Exit::Done);
    }
    let role = spec.deploy.role_arn.as_deref();
    match (console.format, chosen(arguments, &found)?) {
        (Format::Json, policy) => console.data(&format!("{:#}", policy.document()))?,
        (Format::Human, _) => console.data(&permissions_text(&found, role))?,
    }
    console.note(&permissions_notes(&found, former, &flags(&global.target())));
    let next = command_line("permissions", &arguments.spec, &global.target(), &again(arguments));
    console.note(&format!("\n  next: {next}  # prints the policy document"));
    if found.service_role.is_some() && !arguments.service_role {
        console.note(&format!("        {next} --service-role  # prints the service role's policy"));
    }
    Ok(Exit::Done)
}

/// The arguments that print the same as a document.
fn again(arguments: &Arguments) -> String {
    let mut again = String::new();
    if let Some(account) = &arguments.account {
        again.push_str(&format!("--account {account} "));
    }
    if let Some(former) = &arguments.adopt {
        again.push_str(&format!("--adopt {} ", printable(former)));
    }
    if !arguments.command.is_empty() {
        let names: Vec<&str> = arguments.command.iter().map(|command| command.name()).collect();
        again.push_str(&format!("--command {} ", names.join(",")));
    }
    again + "--format json"
}

fn chosen<'a>(arguments: &Arguments, found: &'a Permissions) -> Result<&'a Policy, Stop> {
    if !arguments.service_role {
        return Ok(&found.caller);
    }
    found.service_role.as_ref().ok_or_else(|| {
        usage(
            Diagnostic::error(codes::PERMISSIONS_NO_ROLE, "there is no service role to print a policy for")
                .help("leave out `--service-role`, or add `deploy.role_arn` to the spec and name a command that changes the stack"),
        )
    })
}

fn template_for(arguments: &Arguments, repository: &Repository) -> Result<Github, Stop> {
    if repository.environment.is_some() && arguments.branch.is_some() {
        let message = "the token of a job with an environment does not contain the branch";
        let help = "leave out `--branch`, and choose in the environment's settings which branches may deploy";
        return Err(usage(Diagnostic::error(codes::PERMISSIONS_UNPLACED, message).help(help)));
    }
    Ok(Github {
        repository: repository.clone(),
        branch: arguments.branch.clone().unwrap_or_else(|| "main".to_owned()),
        provider: arguments.oidc_provider.clone(),
    })
}

fn location(arguments: &Arguments, global: &Global, spec: &Spec) -> Result<Location, Stop> {
    let (region, account) = if global.local {
        (Some("us-east-1"), Some("000000000000"))
    } else {
        (
            agreed("region", spec.deploy.region.as_deref(), global.region.as_deref())?,
            agreed("account", spec.deploy.account.as_deref(), arguments.account.as_deref())?,
        )
    };
    let missing = |what: &str, edit: &str| {
        usage(
            Diagnostic::error(
                codes::PERMISSIONS_UNPLACED,
                format!("the {what} is not known, but ARNs contain it"),
            )
            .help(edit),
        )
    };
    let region =
        region.ok_or_else(|| missing("region", "add `deploy.region` to the spec, or give `--region`"))?;
    if let Err(help) = grammar::region(region) {
        let message = format!("`{region}` is not a region, but ARNs would contain it");
        return Err(usage(Diagnostic::error(codes::PERMISSIONS_UNPLACED, message).help(help)));
    }
    let account =
        account.ok_or_else(|| missing("account", "add `deploy.account` to the spec, or give `--account`"))?;
    let store = store(spec, account, region);
    Ok(Location::new(region, account, store.bucket, store.prefix))
}

fn usage(diagnostic: Diagnostic) -> Stop {
    Stop::Failure(Failure::new(Exit::Usage, diagnostic))
}
