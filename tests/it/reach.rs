//! The routes to AWS from where people work: every proxy, authority, kind of credentials and switch, each with a scripted
//! AWS. `docs/reaching-aws.md` lists them by the names of these tests.

use std::process::Command;

use crate::cloud::{Cloud, Run};
use crate::scripted::{Answer, Request, Scripted};

const ROLE: &str = "arn:aws:iam::123456789012:role/deployer";
/// Written by `aws sso login` for the session `corp`, in a file named by the SHA-1 of its name.
pub(crate) const SSO_CACHE: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
/// Written by `aws login` for the user `ada`, in a file named by the SHA-256 of the user's ARN.
const LOGIN_CACHE: &str =
    ".aws/login/cache/397b11bbda6668a5a8d17d42c91036373f4a376627089c204bef61ce0ae993c2.json";
/// Generated for these tests and used nowhere else.
const LOGIN_KEY: &str = "-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIMaQy5MsxljjPnCYH6nNft9UW0Vtu1clMZDOgOc89IIOoAoGCCqGSM49\\nAwEHoUQDQgAEumx7kQB3eDBaqZ42nkDFCGPqVLWZ3lbGX4vQSY8EijFQ7zj8DVFq\\np3KC/PYLcXZ8swjkHO8dZF+gFk98/PUjIQ==\\n-----END EC PRIVATE KEY-----\\n";
pub(crate) const SSO_PROFILE: &str = "\
[profile dev]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = deployer
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.com/start
";

/// A user's machine, with AWS behind a proxy.
pub(crate) struct Desk {
    cloud: Cloud,
    pub(crate) aws: Scripted,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::before(aws)
    }

    pub(crate) fn before(script: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        let desk = Self { cloud: Cloud::new(), aws: Scripted::new(script) };
        desk.cloud.write("ca.pem", &desk.aws.authority());
        desk
    }

    /// Writes a file below the home folder.
    pub(crate) fn home(&self, name: &str, text: &str) {
        let path = self.cloud.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a written file");
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.cloud.path(name).to_str().expect("UTF-8").to_owned()
    }

    /// `pipectl history` in `eu-west-1` with these variables and no others: the proxy, and the authority in the system's
    /// place.
    pub(crate) fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        self.typed("history", arguments, variables)
    }

    /// The same for another command, such as `dlq list`.
    pub(crate) fn typed(&self, verb: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let spec = self.path("spec.yaml");
        let mut all: Vec<&str> = verb.split(' ').chain([spec.as_str()]).collect();
        all.extend(arguments);
        let mut command = self.cloud.command(&all);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path(""))
            .env("XDG_STATE_HOME", self.path("kept"))
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_MAX_ATTEMPTS", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CA_BUNDLE", self.path("ca.pem"))
            .env("HTTPS_PROXY", self.aws.http());
        for (name, value) in variables {
            if value.is_empty() {
                command.env_remove(name);
            } else {
                command.env(name, value);
            }
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        Run::of(self.command(arguments, variables).output().expect("pipectl runs"))
    }

    /// Reaches AWS with the keys `signer`; returns the requests.
    #[track_caller]
    pub(crate) fn reaches(
        &self,
        signer: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Vec<Request> {
        self.run(arguments, variables).succeeded().reports(&["walk-test was never applied"]);
        let seen = self.aws.taken();
        let last = seen.last().expect("a request");
        assert_eq!(last.signer(), signer, "{seen:#?}");
        let identity = seen.iter().find(|request| request.action() == "GetCallerIdentity").expect("a call");
        assert_eq!(identity.signer(), signer);
        seen
    }
}

pub(crate) const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s3cret-key")];

pub(crate) fn with_keys<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    KEYS.iter().chain(more).copied().collect()
}

/// Answers everything correctly.
pub(crate) fn aws(request: &Request) -> Answer {
    let session = |id: &str| {
        format!(
            "<Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s3cret-session</SecretAccessKey>\
             <SessionToken>t0ken</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        )
    };
    let of_container = |id: &str| {
        format!(
            r#"{{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"{id}","SecretAccessKey":"s3cret","Token":"t0ken","Expiration":"2099-01-01T00:00:00Z","LastUpdated":"2026-01-01T00:00:00Z"}}"#
        )
    };
    match (request.action(), request.path.split('?').next().unwrap_or_default()) {
        ("GetCallerIdentity", _) => Answer::xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/{}</Arn>\
             <UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>",
            request.signer()
        )),
        ("AssumeRole", _) => Answer::xml(format!(
            "<AssumeRoleResponse><AssumeRoleResult>{}</AssumeRoleResult></AssumeRoleResponse>",
            session("AKIAROLE")
        )),
        ("AssumeRoleWithWebIdentity", _) => Answer::xml(format!(
            "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult>{}</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
            session("AKIAWEB")
        )),
        (_, "/federation/credentials") => Answer::json(
            r#"{"roleCredentials":{"accessKeyId":"AKIASSO","secretAccessKey":"s3cret","sessionToken":"t0ken","expiration":4070908800000}}"#,
        ),
        (_, "/v1/token") => Answer::json(
            r#"{"accessToken":{"accessKeyId":"AKIALOGIN2","secretAccessKey":"s3cret","sessionToken":"t0ken"},"tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"next"}"#,
        ),
        (_, "/latest/api/token") => {
            Answer::new(200, "text/plain", "imds-token").with("x-aws-ec2-metadata-token-ttl-seconds", "21600")
        }
        (_, "/latest/meta-data/iam/security-credentials/") => Answer::new(200, "text/plain", "role"),
        (_, "/latest/meta-data/iam/security-credentials/role") => Answer::json(of_container("AKIAIMDS")),
        (_, "/v2/credentials/s3cret-id") => Answer::json(of_container("AKIACONTAINER")),
        (_, _) if request.path.contains("list-type=2") => {
            Answer::xml("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        }
        _ => Answer::new(404, "text/plain", "not scripted"),
    }
}

pub(crate) fn hosts(seen: &[Request]) -> Vec<&str> {
    seen.iter().map(|request| request.host.as_str()).collect()
}

#[test]
fn the_proxy_of_the_environment_is_used_with_its_password_and_what_no_proxy_names_is_not() {
    let desk = Desk::new();
    let port = desk.aws.port();
    let proxy = format!("http://ada:pass%20word@127.0.0.1:{port}");
    let bare = format!("127.0.0.1:{port}");
    for (name, value) in [
        ("HTTPS_PROXY", proxy.as_str()),
        ("https_proxy", proxy.as_str()),
        ("ALL_PROXY", proxy.as_str()),
        ("all_proxy", proxy.as_str()),
        ("HTTPS_PROXY", bare.as_str()),
    ] {
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&[("HTTPS_PROXY", ""), (name, value)]));
        assert_eq!(seen[0].host, "sts.eu-west-1.amazonaws.com");
        let authorization = (value == proxy).then(|| "Basic YWRhOnBhc3Mgd29yZA==".to_owned());
        for request in &seen {
            assert!(request.tunnelled, "{request:?}");
            assert_eq!(request.proxy_authorization, authorization, "{name}");
        }
    }

    let endpoint = format!("https://127.0.0.1:{port}");
    let arguments = ["--endpoint-url", endpoint.as_str()];
    assert!(desk.reaches("AKIAENV", &arguments, &KEYS).iter().all(|request| request.tunnelled));
    for rule in ["127.0.0.1", "*.example.com, 127.0.0.0/8", "*"] {
        let seen = desk.reaches("AKIAENV", &arguments, &with_keys(&[("NO_PROXY", rule)]));
        assert!(seen.iter().all(|request| !request.tunnelled), "{rule}");
    }
    // The user's proxies do not apply to link-local addresses.
    let plain = desk.aws.http();
    let seen = desk.reaches(
        "AKIAENV",
        &["--endpoint-url", &plain],
        &with_keys(&[("HTTP_PROXY", "http://127.0.0.1:1")]),
    );
    assert!(seen.iter().all(|request| !request.tunnelled));
}

#[test]
fn a_proxy_that_does_not_let_through_is_named_without_its_password() {
    let desk = Desk::new();
    let proxy = format!("http://ada:hunter2@127.0.0.1:{}", desk.aws.port());
    let named = format!("the proxy `http://127.0.0.1:{}` of `HTTPS_PROXY`", desk.aws.port());
    desk.aws.refuse_tunnels(Answer::new(407, "text/html", "<html>who are you</html>"));
    let run = desk.run(&[], &with_keys(&[("HTTPS_PROXY", &proxy)]));
    let run = run.exited(1).reports(&["error[aws::unreachable]", "proxy authorization required", &named]);
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);

    desk.aws.refuse_tunnels(Answer::new(403, "text/html", "<html>no</html>"));
    desk.run(&[], &KEYS).exited(1).reports(&["error[aws::unreachable]", &named, "`NO_PROXY`"]);
    desk.run(&[], &with_keys(&[("HTTPS_PROXY", "http://127.0.0.1:1")])).exited(1).reports(&[
        "error[aws::unreachable]",
        "connection refused",
        "the proxy `http://127.0.0.1:1` of `HTTPS_PROXY`",
    ]);
    desk.run(&[], &with_keys(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "socks5://127.0.0.1:1")]))
        .exited(1)
        .reports(&[
            "error[aws::unreachable]: the proxy `socks5://127.0.0.1:1` of `ALL_PROXY` cannot be used",
        ]);
}

#[test]
fn the_authority_of_a_company_is_trusted_where_it_is_named() {
    let desk = Desk::new();
    let bundle = desk.path("ca.pem");
    desk.home(".aws/config", &format!("[default]\nca_bundle = {bundle}\n"));
    let none = ("AWS_CA_BUNDLE", "");
    desk.reaches("AKIAENV", &[], &with_keys(&[]));
    desk.reaches("AKIAENV", &[], &with_keys(&[none]));
    desk.home(".aws/config", "");
    desk.reaches("AKIAENV", &[], &with_keys(&[none, ("SSL_CERT_FILE", &bundle)]));
    std::fs::create_dir(desk.cloud.path("certificates")).expect("a folder");
    std::fs::copy(&bundle, desk.cloud.path("certificates/company.pem")).expect("a copy");
    desk.reaches("AKIAENV", &[], &with_keys(&[none, ("SSL_CERT_DIR", &desk.path("certificates"))]));

    // A bundle has several certificates, with text in between, and some unusable ones.
    let other = Scripted::new(aws).authority();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    desk.cloud.write("ca.pem", &format!("# others\n{other}\n{broken}# ours\n{}", desk.aws.authority()));
    desk.reaches("AKIAENV", &[], &with_keys(&[]));

    desk.cloud.write("ca.pem", &other);
    desk.run(&[], &KEYS).exited(1).reports(&[
        "error[aws::unreachable]",
        "certificate",
        "UnknownIssuer",
        "set `AWS_CA_BUNDLE` to it",
    ]);
    for (text, reason) in [("hello", "it contains no certificate"), (broken, "it contains no certificate")] {
        desk.cloud.write("ca.pem", text);
        desk.run(&[], &KEYS)
            .exited(1)
            .reports(&[&format!("the file `{bundle}`, set by `AWS_CA_BUNDLE`, cannot be used: {reason}")]);
    }
    desk.run(&[], &with_keys(&[none, ("SSL_CERT_FILE", "/no/such.pem")]))
        .exited(1)
        .reports(&["the file `/no/such.pem`, set by `SSL_CERT_FILE`, cannot be used: there is no such file"]);
}

#[test]
fn a_session_of_aws_sso_login_is_used_and_one_that_ended_names_the_command() {
    let desk = Desk::new();
    desk.home(".aws/config", SSO_PROFILE);
    let cached = |until: &str| {
        format!(
            r#"{{"accessToken":"sso-t0ken","expiresAt":"{until}","region":"eu-west-1","startUrl":"https://corp.awsapps.com/start"}}"#
        )
    };
    desk.home(SSO_CACHE, &cached("2099-01-01T00:00:00Z"));
    let seen = desk.reaches("AKIASSO", &["--profile", "dev"], &[]);
    assert_eq!(seen[0].host, "portal.sso.eu-west-1.amazonaws.com");
    assert_eq!(seen[0].header("x-amz-sso_bearer_token"), "sso-t0ken");
    desk.reaches("AKIASSO", &[], &[("AWS_PROFILE", "dev")]);

    desk.home(SSO_CACHE, &cached("2001-01-01T00:00:00Z"));
    desk.run(&["--profile", "dev"], &[]).exited(1).reports(&[
        "error[aws::no-credentials]",
        "the SSO token has expired",
        "help: run `aws sso login --profile dev`",
    ]);
    std::fs::remove_file(desk.cloud.path(SSO_CACHE)).expect("a file");
    desk.run(&["--profile", "dev"], &[])
        .exited(1)
        .reports(&["error[aws::no-credentials]", "help: run `aws sso login --profile dev`"]);
}

#[test]
fn a_session_that_sso_no_longer_knows_names_the_command_and_a_network_fault_does_not() {
    let desk = Desk::before(|request| match request.host.starts_with("portal.sso") {
        true => Answer::json(r#"{"message":"Session token not found or invalid"}"#)
            .with("x-amzn-ErrorType", "UnauthorizedException")
            .status(401),
        false => aws(request),
    });
    desk.home(
        ".aws/config",
        &format!("{SSO_PROFILE}[profile role]\nrole_arn = {ROLE}\nsource_profile = dev\n"),
    );
    desk.home(SSO_CACHE, r#"{"accessToken":"sso-t0ken","expiresAt":"2099-01-01T00:00:00Z"}"#);
    for profile in ["dev", "role"] {
        desk.run(&["--profile", profile], &[]).exited(1).reports(&[
            "error[aws::no-credentials]",
            "Session token not found or invalid",
            "help: run `aws sso login --profile dev`",
        ]);
    }
    let run = desk.run(&["--profile", "dev"], &[("HTTPS_PROXY", "http://127.0.0.1:1")]).exited(1);
    let run =
        run.reports(&["error[aws::unreachable]", "the request for credentials failed: connection refused"]);
    assert!(!run.stderr.contains("sso login") && !run.stderr.contains("were found"), "{}", run.stderr);
}

#[test]
fn a_session_of_aws_login_is_used_renewed_and_named_when_it_ended() {
    let desk = Desk::new();
    desk.home(".aws/config", "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/ada\n");
    let cached = |until: &str| {
        format!(
            r#"{{"accessToken":{{"accessKeyId":"AKIALOGIN","secretAccessKey":"s3cret","sessionToken":"t0ken","accountId":"123456789012","expiresAt":"{until}"}},"tokenType":"aws_sigv4","refreshToken":"refresh-t0ken","clientId":"arn:aws:signin:::devtools/same-device","dpopKey":"{LOGIN_KEY}"}}"#
        )
    };
    desk.home(LOGIN_CACHE, &cached("2099-01-01T00:00:00Z"));
    desk.reaches("AKIALOGIN", &["--profile", "dev"], &[]);
    desk.home(LOGIN_CACHE, &cached("2001-01-01T00:00:00Z"));
    let seen = desk.reaches("AKIALOGIN2", &["--profile", "dev"], &[]);
    assert!(seen[0].host.contains("signin.aws"), "{:?}", hosts(&seen));
    assert!(seen[0].body.contains("refresh-t0ken"));
    std::fs::remove_file(desk.cloud.path(LOGIN_CACHE)).expect("a file");
    desk.run(&["--profile", "dev"], &[])
        .exited(1)
        .reports(&["error[aws::no-credentials]", "help: run `aws login --profile dev`"]);

    let ended = Desk::before(|request| match request.path.as_str() {
        "/v1/token" => Answer::json(r#"{"error":"TOKEN_EXPIRED","message":"expired"}"#)
            .with("x-amzn-ErrorType", "AccessDeniedException")
            .status(403),
        _ => aws(request),
    });
    ended.home(".aws/config", "[profile dev]\nlogin_session = arn:aws:iam::123456789012:user/ada\n");
    ended.home(LOGIN_CACHE, &cached("2001-01-01T00:00:00Z"));
    ended
        .run(&["--profile", "dev"], &[])
        .exited(1)
        .reports(&["error[aws::no-credentials]", "help: run `aws login --profile dev`"]);
}

pub(crate) const ROLES: &str = "\
[profile base]
aws_access_key_id = AKIABASE
aws_secret_access_key = s3cret-key
[profile role]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base
external_id = e-1
[profile coded]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/ada
duration_seconds = 7200
role_session_name = ada
[profile itself]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = itself
aws_access_key_id = AKIAITSELF
aws_secret_access_key = s3cret-key
duration_seconds = 900
[profile second]
role_arn = arn:aws:iam::123456789012:role/second
source_profile = coded
[profile cut]
role_arn = arn:aws:iam::123456789012:role/deployer
source_profile = gone
[profile env]
role_arn = arn:aws:iam::123456789012:role/deployer
credential_source = Environment
duration_seconds = 900
";

#[test]
fn a_role_is_assumed_with_all_settings_of_its_profile() {
    let desk = Desk::new();
    desk.home(".aws/config", ROLES);
    let seen = desk.reaches("AKIAROLE", &["--profile", "role"], &[]);
    let call = &seen[0];
    assert_eq!((call.action(), call.signer()), ("AssumeRole", "AKIABASE"));
    assert_eq!(call.parameter("ExternalId"), "e-1");
    let seen = desk.reaches("AKIAROLE", &["--profile", "itself"], &[]);
    assert_eq!((seen[0].signer(), seen[0].parameter("DurationSeconds")), ("AKIAITSELF", "900"));
    let seen = desk.reaches("AKIAROLE", &["--profile", "env"], &KEYS);
    assert_eq!(seen[0].signer(), "AKIAENV");

    let denied = Desk::before(|request| {
        match request.action() {
        "AssumeRole" => Answer::xml(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/ada \
             is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/deployer</Message></Error>\
             <RequestId>id-of-refusal</RequestId></ErrorResponse>",
        )
        .with("x-amzn-requestid", "id-of-refusal")
        .status(403),
        _ => aws(request),
    }
    });
    denied.home(".aws/config", ROLES);
    // One profile whose role the SDK assumes by itself, and one that it cannot.
    for profile in ["role", "itself"] {
        denied.run(&["--profile", profile], &[]).exited(1).reports(&[
            "error[aws::denied]",
            "is not authorized to perform: sts:AssumeRole",
            "HTTP 403, request id id-of-refusal",
            "help: allow the action `sts:AssumeRole` on `arn:aws:iam::123456789012:role/deployer`",
        ]);
    }
}

#[test]
fn a_role_that_asks_for_a_code_asks_at_the_terminal_and_fails_without_one() {
    let desk = Desk::new();
    desk.home(".aws/config", ROLES);
    for profile in ["coded", "second"] {
        desk.run(&["--profile", profile], &[]).exited(1).reports(&[
            "error[aws::no-credentials]",
            "profile `coded` needs a code of the MFA device `arn:aws:iam::123456789012:mfa/ada`",
            "add a `credential_process` to profile `coded`",
        ]);
        assert!(desk.aws.taken().is_empty());
    }
    #[cfg(target_os = "linux")]
    {
        let shown = typed(desk.command(&["--profile", "second"], &[]), "123 456\n");
        assert!(
            shown.contains("code of the MFA device `arn:aws:iam::123456789012:mfa/ada` for profile `coded`"),
            "{shown}"
        );
        assert!(shown.contains("was never applied"), "{shown}");
        let seen = desk.aws.taken();
        let roles: Vec<&Request> = seen.iter().filter(|request| request.action() == "AssumeRole").collect();
        assert_eq!(roles.len(), 2, "asked once for all clients: {seen:#?}");
        assert_eq!((roles[0].signer(), roles[0].parameter("TokenCode")), ("AKIABASE", "123456"));
        assert_eq!(roles[0].parameter("SerialNumber"), "arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fada");
        assert_eq!(
            (roles[0].parameter("DurationSeconds"), roles[0].parameter("RoleSessionName")),
            ("7200", "ada")
        );
        assert_eq!((roles[1].signer(), roles[1].parameter("TokenCode")), ("AKIAROLE", ""));

        // A code is valid for one session, which the next command reuses, as in the AWS CLI.
        let seen = desk.reaches("AKIAROLE", &["--profile", "coded"], &[]);
        assert!(seen.iter().all(|request| request.action() != "AssumeRole"), "{seen:#?}");
        let cache = desk.cloud.path(".aws/cli/cache");
        let files: Vec<_> =
            std::fs::read_dir(cache).expect("a folder").map(|file| file.expect("a file").path()).collect();
        let [file] = files.as_slice() else { panic!("one session of one role: {files:?}") };
        let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().expect("a file").permissions());
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(file).expect("text");
        std::fs::write(file, text.replace("2099-01-01T00:00:00Z", "2001-01-01T00:00:00UTC"))
            .expect("written");
        desk.run(&["--profile", "coded"], &[]).exited(1).reports(&["needs a code of the MFA device"]);
        std::fs::write(file, text.replace("2099-01-01T00:00:00Z", "2099-01-01T00:00:00UTC"))
            .expect("written");
        desk.reaches("AKIAROLE", &["--profile", "coded"], &[]);
    }
}

#[cfg(target_os = "linux")]
/// Runs a command in a terminal of its own with typed input; returns the terminal's output.
fn typed(inner: Command, text: &str) -> String {
    use std::io::Write as _;
    use std::process::Stdio;
    let line = std::iter::once(inner.get_program()).chain(inner.get_args());
    let line: Vec<_> = line.map(|word| format!("'{}'", word.to_str().expect("UTF-8"))).collect();
    let mut outer = Command::new("script");
    outer.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]).env_clear();
    outer.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("TERM", "dumb");
    outer.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = outer.spawn().expect("`script` of util-linux runs");
    child.stdin.as_mut().expect("a pipe").write_all(text.as_bytes()).expect("typed");
    let output = child.wait_with_output().expect("an end");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_profile_that_is_not_there_is_named_with_its_file() {
    let desk = Desk::new();
    desk.home(".aws/config", ROLES);
    // Even if keys in the environment would be enough: a user who names a profile does not mean those.
    for variables in [&[] as &[_], &KEYS] {
        desk.run(&["--profile", "prdo"], variables).exited(1).reports(&[
            "error[aws::no-credentials]: there is no profile `prdo` in `~/.aws/config` and `~/.aws/credentials`",
            "help: choose another with `--profile`",
        ]);
    }
    desk.run(&["--profile", "cut"], &[("AWS_CONFIG_FILE", &desk.path(".aws/config"))]).exited(1).reports(&[
        "profile `cut` takes its credentials from profile `gone`, which is not in",
        &desk.path(".aws/config"),
    ]);
    desk.home(".aws/config", "[profile");
    desk.run(&["--profile", "dev"], &[]).exited(1).reports(&["the AWS configuration cannot be read"]);
    assert!(desk.aws.taken().is_empty());
}

#[test]
fn a_profile_of_the_command_line_overrides_keys_of_the_environment_which_override_aws_profile() {
    let desk = Desk::new();
    desk.home(".aws/config", ROLES);
    desk.reaches("AKIABASE", &["--profile", "base"], &KEYS);
    desk.reaches("AKIAROLE", &["--profile", "itself"], &KEYS);
    desk.reaches("AKIAENV", &[], &with_keys(&[("AWS_PROFILE", "base")]));
    desk.reaches("AKIABASE", &[], &[("AWS_PROFILE", "base")]);
}

#[test]
fn a_credential_process_is_run_and_its_words_are_printed_when_it_fails() {
    let desk = Desk::new();
    desk.home(
        "get",
        "#!/bin/sh\necho '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s3cret\"}'\n",
    );
    desk.home("fail", "#!/bin/sh\necho 'the vault is sealed' >&2\nexit 7\n");
    let (get, fail) = (desk.path("get"), desk.path("fail"));
    desk.home(
        ".aws/config",
        &format!(
            "[profile get]\ncredential_process = sh {get}\n[profile fail]\ncredential_process = sh {fail}\n"
        ),
    );
    desk.reaches("AKIAPROCESS", &["--profile", "get"], &[]);
    desk.run(&["--profile", "fail"], &[]).exited(1).reports(&[
        "error[aws::no-credentials]",
        "the vault is sealed",
        "run the `credential_process` of profile `fail` yourself",
    ]);
}

#[test]
fn the_token_of_a_web_identity_is_used_and_a_refusal_is_printed() {
    let desk = Desk::new();
    desk.home("token", "web-t0ken");
    let token = desk.path("token");
    desk.home(
        ".aws/config",
        &format!("[profile web]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\n"),
    );
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_ROLE_SESSION_NAME", "ci"),
    ];
    let seen = desk.reaches("AKIAWEB", &[], &variables);
    assert_eq!(
        (seen[0].parameter("WebIdentityToken"), seen[0].parameter("RoleSessionName")),
        ("web-t0ken", "ci")
    );
    desk.reaches("AKIAWEB", &["--profile", "web"], &[]);

    let refused = Desk::before(|request| {
        match request.action() {
        "AssumeRoleWithWebIdentity" => Answer::xml(
            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>No OpenIDConnect provider found in your account</Message></Error></ErrorResponse>",
        )
        .with("x-amzn-requestid", "id-of-refusal")
        .status(400),
        _ => aws(request),
    }
    });
    refused.run(&[], &variables).exited(1).reports(&[
        "error[aws::no-credentials]",
        "No OpenIDConnect provider found in your account (InvalidIdentityToken)",
        "request id id-of-refusal",
    ]);
    let missing = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token"), ("AWS_ROLE_ARN", ROLE)];
    desk.run(&[], &missing).exited(1).reports(&[
        "error[aws::no-credentials]",
        "no such file",
        "check that `/no/such/token` has a token",
    ]);
}

#[test]
fn containers_and_instances_give_credentials_past_every_proxy() {
    let desk = Desk::new();
    desk.home("token", "eks-t0ken");
    let token = desk.path("token");
    let address = format!("{}/v2/credentials/s3cret-id", desk.aws.http());
    let proxy = desk.aws.http();
    let all = [
        ("ALL_PROXY", proxy.as_str()),
        ("HTTP_PROXY", proxy.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.as_str()),
    ];
    for (name, value, shown) in [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "ecs-t0ken", "ecs-t0ken"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.as_str(), "eks-t0ken"),
    ] {
        let variables: Vec<_> = all.iter().copied().chain([(name, value)]).collect();
        let seen = desk.reaches("AKIACONTAINER", &[], &variables);
        assert!(!seen[0].tunnelled && seen[1].tunnelled);
        assert_eq!(seen[0].header("authorization"), shown);
    }
    let imds = [
        ("AWS_EC2_METADATA_DISABLED", ""),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", proxy.as_str()),
        ("ALL_PROXY", proxy.as_str()),
    ];
    let seen = desk.reaches("AKIAIMDS", &[], &imds);
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("PUT", "/latest/api/token"));
    assert!(
        seen.iter().filter(|request| request.path.starts_with("/latest")).all(|request| !request.tunnelled)
    );
}

#[test]
fn nothing_at_all_is_what_no_credentials_means() {
    let desk = Desk::new();
    let printed = |profile: &str| {
        format!(
            "no credentials were found: not in the environment, not by profile `{profile}`, and no web identity, \
             container or instance gives any"
        )
    };
    desk.run(&[], &[]).exited(1).reports(&["error[aws::no-credentials]", &printed("default"), "`aws login`"]);
    desk.home(".aws/config", "[profile empty]\nregion = eu-west-1\n");
    desk.run(&["--profile", "empty"], &[])
        .exited(1)
        .reports(&["error[aws::no-credentials]", &printed("empty")]);
}

#[test]
fn the_switches_for_fips_and_dual_stack_choose_the_hosts() {
    let desk = Desk::new();
    let (fips, dual) = (("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_USE_DUALSTACK_ENDPOINT", "true"));
    let region = ("AWS_REGION", "us-east-1");
    let bucket = "pipectl-123456789012-us-east-1-an";
    for (switches, sts, s3) in [
        (vec![fips], "sts-fips.us-east-1.amazonaws.com", "s3-fips.us-east-1.amazonaws.com"),
        (vec![dual], "sts.us-east-1.api.aws", "s3.dualstack.us-east-1.amazonaws.com"),
        (vec![fips, dual], "sts-fips.us-east-1.api.aws", "s3-fips.dualstack.us-east-1.amazonaws.com"),
    ] {
        let more: Vec<_> = switches.iter().copied().chain([region]).collect();
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&more));
        assert_eq!(hosts(&seen), [sts.to_owned(), format!("{bucket}.{s3}")]);
        let keys: String = switches
            .iter()
            .map(|(name, value)| format!("{} = {value}\n", name.trim_start_matches("AWS_").to_lowercase()))
            .collect();
        desk.home(".aws/config", &format!("[default]\n{keys}"));
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&[region]));
        assert_eq!(hosts(&seen), [sts.to_owned(), format!("{bucket}.{s3}")], "by the profile: {keys}");
        desk.home(".aws/config", "");
    }
    // Roles are also assumed at such a host.
    desk.home(".aws/config", ROLES);
    for profile in ["role", "itself"] {
        let seen = desk.reaches("AKIAROLE", &["--profile", profile], &[fips, region]);
        assert!(seen.iter().all(|request| request.host.contains("-fips.")), "{:?}", hosts(&seen));
    }
}

#[test]
fn every_partition_is_reached_at_its_own_hosts() {
    let desk = Desk::new();
    for (region, suffix, bucket) in [
        ("cn-north-1", "amazonaws.com.cn", "pipectl-123456789012-cn-north-1-an"),
        ("us-gov-west-1", "amazonaws.com", "pipectl-123456789012-us-gov-west-1-an"),
        ("eusc-de-east-1", "amazonaws.eu", "pipectl-123456789012-eusc-de-east-1-an"),
        ("us-iso-east-1", "c2s.ic.gov", "pipectl-artifacts-123456789012-us-iso-east-1"),
        ("us-isob-east-1", "sc2s.sgov.gov", "pipectl-artifacts-123456789012-us-isob-east-1"),
        ("eu-isoe-west-1", "cloud.adc-e.uk", "pipectl-artifacts-123456789012-eu-isoe-west-1"),
        ("us-isof-south-1", "csp.hci.ic.gov", "pipectl-artifacts-123456789012-us-isof-south-1"),
        ("me-south-1", "amazonaws.com", "pipectl-artifacts-123456789012-me-south-1"),
    ] {
        let spec = format!("{}deploy: {{region: {region}}}\n", crate::cloud::SPEC);
        desk.cloud.write("spec.yaml", &spec);
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&[("AWS_REGION", "")]));
        assert_eq!(
            hosts(&seen),
            [format!("sts.{region}.{suffix}"), format!("{bucket}.s3.{region}.{suffix}")]
        );
    }
}

/// Its address is this machine's, and no AWS setting affects it.
#[test]
fn the_local_cloud_is_reached_whatever_is_set_for_aws() {
    let cloud = Cloud::new();
    let spec = cloud.path("spec.yaml");
    let mut command = cloud.command(&["history", spec.to_str().expect("UTF-8"), "--local"]);
    for (name, value) in [
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
        ("HTTP_PROXY", "http://127.0.0.1:1"),
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("AWS_CA_BUNDLE", "/no/such.pem"),
        ("SSL_CERT_FILE", "/no/such.pem"),
        ("AWS_PROFILE", "no-such-profile"),
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"),
    ] {
        command.env(name, value);
    }
    Run::of(command.output().expect("pipectl runs")).succeeded().reports(&["walk-test was never applied"]);
}

/// The page lists the cases by the tests' names.
#[test]
fn the_page_names_every_test_and_only_tests() {
    let page = include_str!("../../docs/reaching-aws.md");
    let files = [
        ("reach", include_str!("reach.rs")),
        ("call_errors", include_str!("call_errors.rs")),
        ("partition", include_str!("partition.rs")),
        ("endpoints", include_str!("attack/endpoints.rs")),
        ("servers", include_str!("attack/servers.rs")),
    ];
    for (module, text) in files {
        let named = page.split('`').filter_map(|word| word.strip_prefix(module)?.strip_prefix("::"));
        for name in named.filter(|name| *name != "*") {
            assert!(text.contains(&format!("fn {name}()")), "`{module}::{name}` is on the page and no test");
        }
    }
    for (module, text) in
        files.into_iter().filter(|(module, _)| !["call_errors", "partition"].contains(module))
    {
        let tests = text
            .split("#[test]\n")
            .skip(1)
            .filter_map(|remainder| remainder.strip_prefix("fn ")?.split('(').next());
        for name in tests.filter(|name| *name != "the_page_names_every_test_and_only_tests") {
            assert!(page.contains(&format!("`{module}::{name}`")), "`{name}` is not on the page");
        }
    }
}
