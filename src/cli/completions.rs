use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use super::{Outcome, parse};
use crate::diagnostic::Exit;
use crate::report::{Console, Format};

/// Print the completion script of a shell.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The shell, as in `pipectl completions bash > /etc/bash_completion.d/pipectl`.
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, console: &mut Console) -> Outcome {
    let mut bytes = Vec::new();
    let mut command = public(&parse::described());
    clap_complete::generate(arguments.shell, &mut command, "pipectl", &mut bytes);
    let mut script = String::from_utf8_lossy(&bytes).into_owned();
    if arguments.shell == Shell::Bash {
        script.push_str(&bash_specs(&command));
    }
    match console.format {
        Format::Human => console.file(&script)?,
        Format::Json => {
            let shell = arguments.shell.to_string();
            console.data(&json!({"version": 1, "shell": shell, "script": script}).to_string())?;
        }
    }
    Ok(Exit::Done)
}

/// The command line without internal commands: clap's scripts offer hidden commands, too.
fn public(command: &Command) -> Command {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    Command::new("pipectl")
        .version(env!("CARGO_PKG_VERSION"))
        .args(command.get_arguments().cloned())
        .subcommands(shown.cloned())
}

/// Completes paths of specs where nothing is typed yet. There, clap's function for bash offers flags, and bash's own
/// completion needs a first letter.
fn bash_specs(command: &Command) -> String {
    let mut takers = Vec::new();
    collect(command, "", &mut takers);
    format!(
        r#"
_pipectl_or_specs() {{
    _pipectl "$@"
    [[ -z "${{COMP_WORDS[COMP_CWORD]}}" && "${{COMPREPLY[0]}}" == -* ]] || return 0
    case "${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}} " in
        {}) ;;
        *) return 0 ;;
    esac
    local IFS=$'
' found
    found=( $(compgen -G 'specs/*.yaml'; compgen -G 'specs/*.yml'; compgen -G '*.yaml'; compgen -G '*.yml') )
    [[ ${{#found[@]}} -eq 0 ]] || COMPREPLY=( "${{found[@]}}" )
}}
complete -F _pipectl_or_specs -o bashdefault -o default pipectl
"#,
        takers.join(" | ")
    )
}

/// The commands that take a spec, as patterns of their words.
fn collect(command: &Command, before: &str, takers: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let words = format!("{before}{}", sub.get_name());
        if sub.get_positionals().any(|arg| matches!(arg.get_id().as_str(), "spec" | "specs")) {
            takers.push(format!("\"{words} \"*"));
        }
        collect(sub, &format!("{words} "), takers);
    }
}
