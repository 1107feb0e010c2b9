#!/usr/bin/env python3
"""The same template deployed by pipectl, aws, sam and cdk on one local cloud, in one run: calls, time, memory.

    cargo build --release --workspace
    python3 benches/deploy.py

A small server between each tool and the local cloud counts the calls. The other tools are installed into
`target/bench`, and get the template that `pipectl render` writes. All poll as often as at AWS; the local cloud finishes at once, so that
the times are each tool's own, except the service time, which is reported separately. Quote the ratios of one run. With
names of tools as arguments, only these are measured.
"""

import datetime
import http.client
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PIPECTL = TARGET / "release" / "pipectl"
TOOLS = TARGET / "bench"
READS = ("Describe", "Get", "List", "Head", "GET", "HEAD")
BUCKET = "bench-artifacts"
# Seconds the slow stack takes, and events of the long one.
SLOW = 30
EVENTS = 5_000
PAGE = 100

SPEC = """\
version: 1
name: bench-{tool}
environment: dev
bus: {{pattern: {{source: [shipment.service], detail-type: [{{prefix: shipment.}}]}}}}
queue: {{dead_letter: {{max_receive_count: {receives}}}}}
processor: {{architecture: x86_64}}
alarms: {{notify: [dev@example.com]}}
deploy: {{templates: templates}}
"""

COMPLETE = re.compile(rb"(?s)<member><StackId>(?:(?!</member>).)*?UPDATE_COMPLETE.*?</member>")


class Wire:
    """Counts the calls to the local cloud; can make an operation appear slow, or return many events."""

    def __init__(self, port):
        self.calls, self.port = [], port
        # Seconds the local cloud took for its answers.
        self.service = 0.0
        self.slow = self.long = False
        # The start of the operation, on the clock of the events' timestamps.
        self.begun = None
        wire = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_call(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, answer = wire.call(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                        self.send_header(name, value)
                if self.command != "HEAD":
                    self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_call

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def rests(self):
        return self.begun + datetime.timedelta(seconds=SLOW)

    def call(self, method, path, headers, body):
        fields = urllib.parse.parse_qs(body.decode()) if b"Action=" in body[:4096] else {}
        target = headers.get("X-Amz-Target") or headers.get("x-amz-target")
        name = fields.get("Action", [target.split(".")[-1] if target else f"{method} {path.split('?')[0]}"])[0]
        began = now()
        self.calls.append((began, name))
        if self.long and self.begun and name == "DescribeStackEvents":
            page = int(fields.get("NextToken", ["page-0"])[0].removeprefix("page-"))
            if page < EVENTS // PAGE:
                return 200, [("Content-Type", "text/xml")], invented(page, fields["StackName"][0])
            body = re.sub(rb"&NextToken=[^&]*|NextToken=[^&]*&", b"", body)
            headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        self.service += (now() - began).total_seconds()
        if name == "ExecuteChangeSet":
            self.begun = began
        if self.slow and self.begun and name in ("DescribeStacks", "DescribeStackEvents"):
            if now() < self.rests:
                # Future events are left out: tools recognise events they saw by id.
                answer = COMPLETE.sub(b"", answer) if name == "DescribeStackEvents" \
                    else answer.replace(b"UPDATE_COMPLETE<", b"UPDATE_IN_PROGRESS<")
            elif name == "DescribeStackEvents":
                # sam recognises old events by their time.
                answer = COMPLETE.sub(self.delayed, answer)
        return response.status, response.getheaders(), answer

    def delayed(self, member):
        """An event of this operation, dated after all the others."""
        at = re.search(rb"<Timestamp>(.*?)</Timestamp>", member[0])
        if datetime.datetime.fromisoformat(at[1].decode()) < self.begun:
            return member[0]
        late = self.rests.isoformat(timespec="milliseconds")
        return member[0].replace(at[1], late.replace("+00:00", "Z").encode())


def now():
    return datetime.datetime.now(datetime.UTC)


def invented(page, stack):
    """A page of generated events that are newer than all real ones."""
    members = "".join(
        f"<member><EventId>invented-{page}-{number}</EventId><StackName>{stack}</StackName><StackId>{stack}</StackId>"
        f"<LogicalResourceId>Resource{page}x{number}</LogicalResourceId><PhysicalResourceId>r</PhysicalResourceId>"
        "<ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>UPDATE_IN_PROGRESS</ResourceStatus>"
        "<Timestamp>2026-01-01T00:00:00Z</Timestamp></member>"
        for number in range(PAGE)
    )
    return (
        f"<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents>{members}</StackEvents>"
        f"<NextToken>page-{page + 1}</NextToken></DescribeStackEventsResult></DescribeStackEventsResponse>"
    ).encode()


class Bench:
    def __init__(self, folder, wire):
        self.folder, self.wire = folder, wire
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIPECTL_"))},
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": wire.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "HOME": str(folder),
            "XDG_STATE_HOME": str(folder),
            "PIPECTL_PROCESSOR": str(TARGET / "release" / "bootstrap"),
        }
        subprocess.run([PIPECTL, "eject", "--quiet", "bus.yaml.j2", "--to", "templates"], cwd=folder, check=True)
        bus = folder / "templates" / "bus.yaml.j2"
        text = bus.read_text()
        # The local cloud does not support archives in templates.
        text, cut = re.subn(r"(?ms)^[ ]*Archive:\n.*?(?=^[ ]{0,2}\S|\Z)", "", text)
        assert cut == 1, "the archive is not found in the template"
        bus.write_text(text)

    def spec(self, tool, receives=5):
        path = self.folder / f"{tool}.yaml"
        path.write_text(SPEC.format(tool=tool, receives=receives))
        if tool == "pipectl":
            return path
        rendered = subprocess.run(
            [PIPECTL, "render", "--quiet", "--output", "json", path], check=True, capture_output=True
        )
        template = self.folder / f"{tool}.json"
        template.write_text(json.dumps(json.loads(rendered.stdout), separators=(",", ":")))
        return template

    def command(self, tool, path):
        stack, bucket = f"bench-{tool}-dev", f"ArtifactBucket={BUCKET}"
        parameters = [bucket, "ArtifactKey=processor.zip", f"ArtifactVersion={self.version}"]
        if tool == "pipectl":
            return [PIPECTL, "apply", path, "--yes", "--endpoint-url", self.wire.endpoint]
        if tool == "aws":
            return [TOOLS / "aws/bin/aws", "cloudformation", "deploy", "--template-file", path, "--stack-name", stack,
                    "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset",
                    "--parameter-overrides", *parameters]
        if tool == "sam":
            return [TOOLS / "sam/bin/sam", "deploy", "--template-file", path, "--stack-name", stack,
                    "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset", "--no-confirm-changeset",
                    "--s3-bucket", BUCKET, "--parameter-overrides", *parameters]
        assembly = self.folder / "cdk.out"
        assembly.mkdir(exist_ok=True)
        (assembly / "template.json").write_bytes(path.read_bytes())
        artifact = {"type": "aws:cloudformation:stack", "environment": "aws://000000000000/us-east-1",
                    "properties": {"templateFile": "template.json", "stackName": stack}}
        (assembly / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"bench": artifact}}))
        return [TOOLS / "cdk/node_modules/.bin/cdk", "deploy", "--app", assembly, "--require-approval", "never",
                *[word for one in parameters for word in ("--parameters", f"bench-{tool}-dev:{one}")]]

    def run(self, tool, path, what):
        self.wire.calls.clear()
        self.wire.begun, self.wire.service = None, 0.0
        # aws names its change sets by the second.
        time.sleep(1.1)
        begun = time.perf_counter()
        with open(self.folder / "told", "wb") as told:
            child = subprocess.Popen(self.command(tool, path), cwd=self.folder, env=self.environment,
                                     stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            sys.exit(f"{tool}, {what}: exit {child.returncode}\n{(self.folder / 'told').read_text()[-2000:]}")
        names = [name for _, name in self.wire.calls]
        if os.environ.get("BENCH_CALLS"):
            print(tool, what, names)
        reads = sum(name.startswith(READS) for name in names)
        cpu = usage.ru_utime + usage.ru_stime
        print(f"{tool:8} {what:24} {seconds:8.2f} s {self.wire.service:6.2f} s service {cpu:6.2f} s CPU {usage.ru_maxrss / 1024:7.1f} MiB "
              f"{reads:4} reads {len(names) - reads:3} writes", flush=True)
        return seconds


def install():
    for tool, package in (("aws", "awscli"), ("sam", "aws-sam-cli")):
        if not (TOOLS / tool / "bin" / tool).exists():
            subprocess.run([sys.executable, "-m", "venv", TOOLS / tool], check=True)
            subprocess.run([TOOLS / tool / "bin/pip", "install", "--quiet", package], check=True)
    if not (TOOLS / "cdk/node_modules/.bin/cdk").exists():
        (TOOLS / "cdk").mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-save", "aws-cdk"], cwd=TOOLS / "cdk", check=True)


def main():
    install()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        cloud = {**os.environ, "PIPECTL_LOCAL_DIR": str(folder / "cloud"), "PIPECTL_LOCAL_PORT": "0",
                 "PIPECTL_CACHE_DIR": os.environ.get("PIPECTL_CACHE_DIR", str(TARGET / "local-cloud"))}
        local = lambda *words: subprocess.run(
            [PIPECTL, "local", *words, "--format", "json"], env=cloud, check=True, capture_output=True).stdout
        local("up")
        try:
            endpoint = json.loads(local("status"))["endpoint"]
            bench = Bench(folder, Wire(int(endpoint.rsplit(":", 1)[1])))
            aws = [TOOLS / "aws/bin/aws"]
            of_bucket = ["--bucket", BUCKET]
            subprocess.run([PIPECTL, "build", "--quiet", bench.spec("pipectl")], cwd=folder, env=bench.environment,
                           stdout=subprocess.DEVNULL, check=True)
            for words in (["s3", "mb", f"s3://{BUCKET}"],
                          ["s3api", "put-bucket-versioning", *of_bucket, "--versioning-configuration", "Status=Enabled"],
                          ["s3", "cp", "processor.zip", f"s3://{BUCKET}/processor.zip"]):
                subprocess.run([*aws, *words], cwd=folder, env=bench.environment, check=True, stdout=subprocess.DEVNULL)
            head = [*aws, "s3api", "head-object", *of_bucket, "--key", "processor.zip", "--output", "json"]
            found = subprocess.run(head, env=bench.environment, check=True, capture_output=True)
            bench.version = json.loads(found.stdout)["VersionId"]
            for tool in sys.argv[1:] or ("pipectl", "aws", "sam", "cdk"):
                bench.run(tool, bench.spec(tool), "first")
                bench.run(tool, bench.spec(tool), "no change")
                bench.run(tool, bench.spec(tool, receives=6), "one property")
                bench.wire.slow = True
                seconds = bench.run(tool, bench.spec(tool, receives=7), f"an update of {SLOW} s")
                bench.wire.slow = False
                looks = [at for at, _ in bench.wire.calls if bench.wire.begun and at > bench.wire.begun]
                print(f"{tool:8} {'':24} {len(looks) / SLOW:8.2f} calls/s while it waits, "
                      f"ends {seconds - SLOW:.1f} s after it, in all", flush=True)
            bench.wire.long = True
            bench.run("pipectl", bench.spec("pipectl", receives=8), f"{EVENTS} events")
        finally:
            local("down")


if __name__ == "__main__":
    main()
