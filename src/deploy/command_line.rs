use camino::Utf8Path;

/// A command to type next, ready for a shell: `pipectl status 'my specs/dev.yaml' --local`.
#[must_use]
pub fn command_line(verb: &str, spec: &Utf8Path, local: bool, more: &str) -> String {
    // Paths with a NUL cannot come from a command line; nothing else fails to be quoted.
    let spec = shlex::try_quote(spec.as_str()).unwrap_or_default();
    let local = if local { " --local" } else { "" };
    let more = if more.is_empty() { String::new() } else { format!(" {more}") };
    format!("pipectl {verb} {spec}{local}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_split_is_quoted() {
        assert_eq!(
            command_line("plan", Utf8Path::new("specs/dev.yaml"), false, ""),
            "pipectl plan specs/dev.yaml"
        );
        assert_eq!(
            command_line("send", Utf8Path::new("my specs/dev.yaml"), true, "--wait"),
            "pipectl send 'my specs/dev.yaml' --local --wait"
        );
    }
}
