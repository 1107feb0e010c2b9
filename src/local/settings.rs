//! Which of the user's settings reach the programs that install the local cloud: where packages come from and how that
//! is reached, and nothing else. Other settings of an activated environment, a `pip.conf` or a variable are meant for
//! other installations, and would install the packages elsewhere or run another Python.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::LocalError;
use super::child;
use super::deadline::Deadline;

/// Options of pip that are passed on.
const PIP: [&str; 19] = [
    "cache-dir",
    "cert",
    "client-cert",
    "default-timeout",
    "extra-index-url",
    "find-links",
    "index-url",
    "keyring-provider",
    "no-binary",
    "no-cache-dir",
    "no-index",
    "only-binary",
    "prefer-binary",
    "proxy",
    "resume-retries",
    "retries",
    "timeout",
    "trusted-host",
    "use-feature",
];

/// Variables of uv that are passed on; also those of a named index, `UV_INDEX_…`.
const UV: [&str; 21] = [
    "UV_CACHE_DIR",
    "UV_CONFIG_FILE",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_HTTP_TIMEOUT",
    "UV_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LINK_MODE",
    "UV_NATIVE_TLS",
    "UV_NO_CACHE",
    "UV_NO_INDEX",
    "UV_NO_PYTHON_DOWNLOADS",
    "UV_OFFLINE",
    "UV_PYTHON_DOWNLOADS",
    "UV_PYTHON_INSTALL_DIR",
    "UV_PYTHON_INSTALL_MIRROR",
    "UV_PYTHON_PREFERENCE",
    "UV_SYSTEM_CERTS",
];

/// Prints the settings in pip's files as JSON. pip prints them in Python's notation.
const LIST: &str = "\
import ast, json, subprocess, sys
pip = [sys.executable, '-I', '-m', 'pip', 'config', 'list']
out = subprocess.run(pip, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
found = {}
for line in out.splitlines():
    key, _, value = line.partition('=')
    section, _, name = key.partition('.')
    if section in ('global', 'install'):
        found[name] = str(ast.literal_eval(value))
print(json.dumps(found))";

const PATIENCE: Duration = Duration::from_secs(60);

/// Removes settings that would redirect Python, pip or uv.
pub(super) fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_none_or(leads_elsewhere) {
            command.env_remove(name);
        }
    }
    // pip's files hold both kinds of settings; those that are passed on become variables.
    command.env("PIP_CONFIG_FILE", "/dev/null")
}

fn leads_elsewhere(name: &str) -> bool {
    if name.starts_with("UV_") {
        return !UV.contains(&name) && !name.starts_with("UV_INDEX_");
    }
    if name.starts_with("PIP_") {
        return !PIP.iter().any(|option| variable(option) == name);
    }
    name.starts_with("PYTHON") || ["VIRTUAL_ENV", "__PYVENV_LAUNCHER__"].contains(&name)
}

fn variable(option: &str) -> String {
    format!("PIP_{}", option.to_uppercase().replace('-', "_"))
}

/// The settings in the user's pip files that are passed on, as variables. A variable that is set takes precedence, as
/// in pip. `python` must have pip.
///
/// # Errors
/// The deadline came.
pub(super) fn of_files(python: &str, deadline: Deadline) -> Result<Vec<(String, String)>, LocalError> {
    let mut ask = Command::new(python);
    clean(ask.args(["-I", "-c", LIST]));
    match std::env::var_os("PIP_CONFIG_FILE") {
        Some(file) => ask.env("PIP_CONFIG_FILE", file),
        None => ask.env_remove("PIP_CONFIG_FILE"),
    };
    let answer = child::run(&mut ask, Stdio::null(), deadline, PATIENCE)?;
    let found: BTreeMap<String, String> = serde_json::from_str(&answer.stdout).unwrap_or_default();
    Ok(pip_variables(found).filter(|(name, _)| std::env::var_os(name).is_none()).collect())
}

fn pip_variables(found: BTreeMap<String, String>) -> impl Iterator<Item = (String, String)> {
    let pip_variables = found.into_iter().filter(|(option, _)| PIP.contains(&option.as_str()));
    pip_variables.map(|(option, value)| (variable(&option), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_of_package_sources_are_used() {
        for name in
            ["PIP_INDEX_URL", "PIP_PROXY", "PIP_CERT", "UV_DEFAULT_INDEX", "UV_INDEX_ACME_PASSWORD", "PATH"]
        {
            assert!(!leads_elsewhere(name), "{name}");
        }
        for name in
            ["PIP_TARGET", "PIP_USER", "PIP_CONFIG_FILE", "PYTHONHOME", "PYTHONINSPECT", "UV_SYSTEM_PYTHON"]
        {
            assert!(leads_elsewhere(name), "{name}");
        }
        let found = [("target", "/x"), ("index-url", "https://mirror/simple"), ("user", "true")];
        let found = found.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let pip_variables: Vec<_> = pip_variables(found.into()).collect();
        assert_eq!(pip_variables, [("PIP_INDEX_URL".to_owned(), "https://mirror/simple".to_owned())]);
    }
}
