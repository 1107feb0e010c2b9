//! Endpoints that something other than AWS sets: which are accepted, which are refused before any call, and what is
//! shown.

use crate::cloud::{Cloud, Run};
use crate::reach::{Desk, KEYS, ROLES, SSO_CACHE, SSO_PROFILE, hosts, with_keys};
use crate::scripted::Scripted;

/// Not this machine, although it looks like it, or not an endpoint at all.
const REFUSED: [&str; 27] = [
    "http://example.com",
    "HTTP://example.com",
    "hTTp://EXAMPLE.com:8080",
    "http://127.0.0.1@example.com",
    "http://localhost:80@example.com/",
    "http://127.0.0.1.example.com",
    "http://localhost.example.com:4566",
    "http://localhost.",
    "http://bucket.localhost:4566",
    "http://0.0.0.0:4566",
    "http://[::]:4566",
    "http://[2001:db8::1]:4566",
    "http://[::ffff:192.0.2.1]",
    "http://[fe80::1]",
    "http://169.254.169.254",
    "http://3221225985",
    "http://0xC0.0.2.1",
    "http://0300.0.2.1",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "127.0.0.1:4566",
    "http://",
    "http://127.0.0.1:0",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:4566/?to=elsewhere",
    "https://example.com/#elsewhere",
    "https://ada@example.com",
];

/// The name of the setting, then arguments, variables and the configuration file.
type EndpointSource = (&'static str, Vec<String>, Vec<(&'static str, String)>, String);

/// The settings that choose an endpoint: arguments, variables and the configuration file.
fn sources(endpoint: &str) -> Vec<EndpointSource> {
    let var = |name| (name, Vec::new(), vec![(name, endpoint.to_owned())], String::new());
    let services = format!(
        "[default]\nservices = dev\n[services dev]\nsts =\n  endpoint_url = {endpoint}\ns3 =\n  endpoint_url = {endpoint}\n"
    );
    vec![
        ("--endpoint-url", vec!["--endpoint-url".to_owned(), endpoint.to_owned()], Vec::new(), String::new()),
        var("AWS_ENDPOINT_URL"),
        var("AWS_ENDPOINT_URL_STS"),
        var("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS"),
        ("profile `default`", Vec::new(), Vec::new(), format!("[default]\nendpoint_url = {endpoint}\n")),
        ("[services dev]", Vec::new(), Vec::new(), services),
    ]
}

fn run(desk: &Desk, source: &EndpointSource) -> Run {
    desk.home(".aws/config", &source.3);
    let arguments: Vec<&str> = source.1.iter().map(String::as_str).collect();
    let variables: Vec<(&str, &str)> = source.2.iter().map(|(name, value)| (*name, value.as_str())).collect();
    desk.run(&arguments, &with_keys(&variables))
}

#[test]
fn only_this_machine_gets_plain_http_whatever_names_the_endpoint() {
    let desk = Desk::new();
    for (index, endpoint) in REFUSED.iter().enumerate() {
        let sources = sources(endpoint);
        // Each in one setting, the first one in all settings.
        let chosen = if index == 0 { &sources[..] } else { &sources[index % sources.len()..][..1] };
        for source in chosen {
            let run = run(&desk, source);
            assert_eq!(run.code, Some(4), "`{endpoint}` by `{}`: {}", source.0, run.stderr);
            run.reports(&["error[guard::endpoint]", source.0]);
            assert!(desk.aws.taken().is_empty(), "`{endpoint}` by `{}`", source.0);
        }
    }
}

#[test]
fn every_wrong_endpoint_is_reported_at_once() {
    let desk = Desk::new();
    let variables = with_keys(&[
        ("AWS_ENDPOINT_URL_STS", "http://one.example.com"),
        ("AWS_ENDPOINT_URL_SQS", "http://two.example.com"),
        ("AWS_ENDPOINT_URL", "http://three.example.com"),
    ]);
    let run = desk.run(&[], &variables).exited(4);
    for name in ["one", "two", "three"] {
        assert_eq!(run.stderr.matches(&format!("http://{name}.example.com")).count(), 1, "{}", run.stderr);
    }
}

#[test]
fn this_machine_is_reached_by_each_of_its_names_and_shown() {
    let desk = Desk::new();
    let port = desk.aws.port();
    for host in [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::FFFF:7f00:1]",
    ] {
        let endpoint = format!("HTTP://{host}:{port}");
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&[("AWS_ENDPOINT_URL", &endpoint)]));
        assert!(seen.iter().all(|request| !request.tunnelled), "{host}: {:?}", hosts(&seen));
    }
    // No server listens there, which is another error than a forbidden endpoint.
    for host in ["[::1]", "127.0.0.2"] {
        let endpoint = format!("http://{host}:1");
        desk.run(&[], &with_keys(&[("AWS_ENDPOINT_URL", &endpoint)]))
            .exited(1)
            .reports(&["error[aws::unreachable]", "connection refused"]);
    }
}

/// One line per endpoint, with the setting that names it; calls are sent where the line says.
#[test]
fn every_endpoint_of_another_than_aws_is_shown_with_what_names_it() {
    let desk = Desk::new();
    let plain = desk.aws.http();
    for source in sources(&plain) {
        let run = run(&desk, &source).succeeded();
        let seen = desk.aws.taken();
        let lines: Vec<&str> = run.stderr.lines().filter(|line| line.contains("  endpoint  ")).collect();
        assert!(!lines.is_empty() && lines.len() <= 2, "{}: {}", source.0, run.stderr);
        assert!(lines.iter().all(|line| line.contains(&plain) && line.contains(source.0)), "{lines:?}");
        let direct = seen.iter().filter(|request| !request.tunnelled).count();
        let expected = match source.0 {
            "AWS_ENDPOINT_URL_STS" => 1,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS" => 0,
            _ => 2,
        };
        assert_eq!(direct, expected, "{}: {:?}", source.0, hosts(&seen));
    }
    // A host of AWS that a user configured is not the one of AWS's own rules.
    let host = "https://vpce-0a1b.sts.eu-west-1.vpce.amazonaws.com";
    desk.home(".aws/config", "");
    let run = desk.run(&[], &with_keys(&[("AWS_ENDPOINT_URL_STS", host)])).succeeded();
    run.reports(&[host, "AWS_ENDPOINT_URL_STS"]);
    let run = desk.run(&[], &KEYS).succeeded();
    assert!(!run.stderr.contains("  endpoint  "), "{}", run.stderr);
}

#[test]
fn the_nearest_setting_wins_as_for_the_aws_cli() {
    let desk = Desk::new();
    let traps: Vec<Scripted> = (0..4).map(|_| Scripted::new(crate::reach::aws)).collect();
    let [flag, service, profile, section] = [0, 1, 2, 3].map(|index: usize| traps[index].http());
    let all = desk.aws.http();
    let of = |server: &Scripted| server.taken().iter().map(|one| one.action().to_owned()).collect::<Vec<_>>();
    desk.home(
        ".aws/config",
        &format!("[default]\nendpoint_url = {profile}\nservices = s\n[services s]\nsts =\n  endpoint_url = {section}\n"),
    );
    // Within the profile, the setting of a service comes before the general one.
    desk.run(&[], &KEYS).succeeded();
    assert_eq!((of(&traps[3]), of(&traps[2])), (vec!["GetCallerIdentity".to_owned()], vec![String::new()]));
    // Any variable comes before the profile, and the setting of a service before the general one.
    let variables = with_keys(&[("AWS_ENDPOINT_URL", &all), ("AWS_ENDPOINT_URL_STS", &service)]);
    desk.run(&[], &variables).succeeded();
    assert_eq!(of(&traps[1]), ["GetCallerIdentity"]);
    assert_eq!(of(&desk.aws), [""]);
    // The command line comes first.
    desk.run(&["--endpoint-url", &flag], &variables).succeeded();
    assert_eq!(of(&traps[0]), ["GetCallerIdentity", ""]);
    assert!([1, 2, 3].iter().all(|index| traps[*index].taken().is_empty()) && desk.aws.taken().is_empty());
}

#[test]
fn configured_endpoints_are_ignored_where_that_is_asked_for() {
    let desk = Desk::new();
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    let trap = Scripted::new(crate::reach::aws);
    let here = trap.http();
    for variables in [
        [ignore, ("AWS_ENDPOINT_URL", "http://example.com"), ("AWS_ENDPOINT_URL_S3", "no endpoint")],
        [ignore, ("AWS_ENDPOINT_URL", &here), ("AWS_ENDPOINT_URL_STS", &here)],
    ] {
        let seen = desk.reaches("AKIAENV", &[], &with_keys(&variables));
        assert!(seen.iter().all(|request| request.tunnelled), "{seen:#?}");
    }
    desk.home(
        ".aws/config",
        &format!("[default]\nignore_configured_endpoint_urls = TRUE\nendpoint_url = {here}\n"),
    );
    let run = desk.run(&[], &KEYS).succeeded();
    assert!(!run.stderr.contains(&here), "{}", run.stderr);
    // The SDK's own credential providers ignore this setting: they get nothing there.
    desk.home(".aws/config", SSO_PROFILE);
    desk.home(SSO_CACHE, r#"{"accessToken":"sso-t0ken","expiresAt":"2099-01-01T00:00:00Z"}"#);
    let variables = [ignore, ("AWS_ENDPOINT_URL_SSO", here.as_str()), ("AWS_PROFILE", "dev")];
    desk.run(&[], &variables)
        .exited(1)
        .reports(&["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_SSO"]);
    assert!(trap.taken().is_empty());
}

/// The token or signature of a role's source is worth as much as the calls themselves.
#[test]
fn credentials_are_asked_for_at_no_unencrypted_endpoint_either() {
    let desk = Desk::new();
    desk.home(".aws/config", &format!("{SSO_PROFILE}{ROLES}"));
    desk.home(SSO_CACHE, r#"{"accessToken":"sso-t0ken","expiresAt":"2099-01-01T00:00:00Z"}"#);
    let away = "http://example.com";
    for (profile, variable) in [
        ("dev", "AWS_ENDPOINT_URL_SSO"),
        ("dev", "AWS_ENDPOINT_URL_SSO_OIDC"),
        ("role", "AWS_ENDPOINT_URL_STS"),
        ("itself", "AWS_ENDPOINT_URL_STS"),
    ] {
        desk.run(&["--profile", profile], &[(variable, away)])
            .exited(4)
            .reports(&["error[guard::endpoint]", variable]);
        // Also if all other calls are sent to another endpoint.
        let here = format!("https://127.0.0.1:{}", desk.aws.port());
        desk.run(&["--profile", profile, "--endpoint-url", &here], &[(variable, away)])
            .exited(4)
            .reports(&["error[guard::endpoint]", variable]);
        assert!(desk.aws.taken().is_empty(), "{profile}");
    }
    // Keys in the environment need none of it.
    desk.run(&["--endpoint-url", &desk.aws.http()], &with_keys(&[("AWS_ENDPOINT_URL_SSO", away)]))
        .succeeded();
}

#[test]
fn no_password_of_an_endpoint_is_shown() {
    let desk = Desk::new();
    let port = desk.aws.port();
    for endpoint in [
        format!("https://ada:hunter2@127.0.0.1:{port}"),
        format!("http://ada:hunter2@127.0.0.1:{port}"),
        "https://ada:hunter2@exa mple.com".to_owned(),
        "https://ada:hun/ter2@example.com".to_owned(),
        "ada:hunter2@example.com".to_owned(),
        format!("https://127.0.0.1:{port}/?password=hunter2"),
        format!("https://127.0.0.1:{port}/#hunter2"),
    ] {
        for source in sources(&endpoint) {
            let mut verbose = source.clone();
            verbose.1.push("-vv".to_owned());
            let json = {
                let mut json = source.clone();
                json.1.extend(["--format".to_owned(), "json".to_owned()]);
                json
            };
            for source in [verbose, json] {
                let run = run(&desk, &source).exited(4);
                for secret in ["hunter2", "ter2"] {
                    assert!(!run.stderr.contains(secret) && !run.stdout.contains(secret), "{}", run.stderr);
                }
            }
        }
    }
    desk.home(".aws/config", "");
    // Where containers get their credentials, a password is sent and not shown.
    for address in [
        format!("http://ada:hunter2@127.0.0.1:{port}/none"),
        "https://ada:hunter2@127.0.0.1:1/none".to_owned(),
        "http://ada:hunter2@192.0.2.1/none".to_owned(),
        "http://ada:hun/ter2@exa mple/none".to_owned(),
        "ftp://ada:hunter2@127.0.0.1/".to_owned(),
    ] {
        let run = desk.run(&["-vv"], &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &address)]).exited(1);
        assert!(!run.stderr.contains("ter2"), "{}", run.stderr);
    }
    // Help shows variables with their values.
    let run = desk.run(&["--help"], &[("AWS_ENDPOINT_URL", "https://ada:hunter2@example.com")]).succeeded();
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
}

/// No endpoint in the environment affects the local cloud.
#[test]
fn no_endpoint_of_the_environment_has_a_part_in_the_local_cloud() {
    let cloud = Cloud::new();
    let trap = Scripted::new(crate::reach::aws);
    let here = trap.http();
    cloud.write(
        "config",
        &format!(
            "[default]\nendpoint_url = {here}\nservices = s\n[services s]\ns3 =\n  endpoint_url = {here}\n"
        ),
    );
    let spec = cloud.path("spec.yaml");
    let mut command = cloud.command(&["history", spec.to_str().expect("UTF-8"), "--local"]);
    command.env("AWS_CONFIG_FILE", cloud.path("config")).env("AWS_ENDPOINT_URL", &here);
    for service in ["S3", "STS", "DYNAMODB", "SQS", "CLOUDFORMATION", "CLOUDWATCH", "EVENTBRIDGE", "LAMBDA"] {
        command.env(format!("AWS_ENDPOINT_URL_{service}"), &here);
    }
    let run = Run::of(command.output().expect("pipectl runs")).succeeded();
    assert!(!run.stderr.contains(&here), "{}", run.stderr);
    assert!(trap.taken().is_empty());
}
