#!/usr/bin/env python3
"""The cost of `pipectl dlq` with many dead letters: memory, CPU time, and elapsed time.

    cargo build --release --workspace
    python3 benches/dead_letters.py [PROGRAM]

One local cloud, one pipeline whose processor reads nothing, and 1,000 dead letters, then 10,000, of a kilobyte each. `list` groups
them, as JSON it lists each; `export` writes them to a file, `redrive --force` redrives all of them. With flat memory, both numbers
need the same. The local cloud answers one call after another: on an otherwise idle machine, the elapsed time is the sum of both CPU
times.
"""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = sys.argv[1] if len(sys.argv) > 1 else str(TARGET / "release" / "pipectl")
COUNTS = (1_000, 10_000)
SPEC = """\
version: 1
name: bench
environment: letters
bus: {pattern: {source: [shipment.service], detail-type: [{prefix: shipment.}]}}
processor: {architecture: x86_64}
"""


class Local:
    """A separate local cloud."""

    def __init__(self, folder):
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIPECTL_"))}
        self.environment |= {
            "PIPECTL_CACHE_DIR": str(TARGET / "local-cloud"), "PIPECTL_LOCAL_DIR": str(folder / "state"),
            "PIPECTL_LOCAL_PORT": "0", "XDG_STATE_HOME": str(folder / "kept"),
            "PIPECTL_PROCESSOR": str(TARGET / "release" / "bootstrap"),
        }
        self.spec = folder / "spec.yaml"
        self.spec.write_text(SPEC)
        self.run("local", "up")
        status = json.loads(self.run("local", "status", "--format", "json"))
        self.address, self.pid = status["endpoint"].removeprefix("http://"), status["pid"]
        self.run("apply", self.spec, "--local")

    def run(self, *words):
        run = subprocess.run([PROGRAM, *map(str, words)], env=self.environment, capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit(f"{words}: {run.returncode}\n{run.stdout}\n{run.stderr}")
        return run.stdout

    def call(self, method, path, service, target, body):
        headers = {
            "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target,
            "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/{service}/aws4_request",
        }
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request(method, path, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status >= 300:
            sys.exit(f"{target}: {answer.status} {text[:300]}")
        return json.loads(text) if text else {}

    def sqs(self, operation, **body):
        return self.call("POST", "/", "sqs", f"AmazonSQS.{operation}", body)

    def disable(self):
        path = "/2015-03-31/event-source-mappings/"
        for mapping in self.call("GET", path, "lambda", "", {})["EventSourceMappings"]:
            self.call("PUT", path + mapping["UUID"], "lambda", "", {"Enabled": False})

    def queue(self, name):
        return self.sqs("GetQueueUrl", QueueName=f"bench-{name}-letters")["QueueUrl"]

    def fill(self, count):
        url = self.queue("dlq")
        for queue in (url, self.queue("queue")):
            self.sqs("PurgeQueue", QueueUrl=queue)
        for first in range(0, count, 10):
            entries = [{"Id": str(number), "MessageBody": body(number)} for number in range(first, first + 10)]
            self.sqs("SendMessageBatch", QueueUrl=url, Entries=entries)

    def own_time(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def measured(self, verb, *more):
        """Elapsed seconds, CPU seconds here and in the local cloud, and peak memory in MiB."""
        begun, before = time.monotonic(), self.own_time()
        child = subprocess.Popen(
            [PROGRAM, "dlq", verb, str(self.spec), *map(str, more), "--local"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        told = child.stdout.read() + child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        took = time.monotonic() - begun
        if status != 0:
            sys.exit(f"dlq {verb}: {status}\n{told[-2000:]}")
        return told, took, usage.ru_utime + usage.ru_stime, self.own_time() - before, usage.ru_maxrss / 1024


def body(number):
    # Without a type it can never become a row.
    detail = {"shipment_id": f"S-{number}", "event_timestamp": "2026-01-31T09:05:00Z", "event_data": {"note": "n" * 800}}
    envelope = {"id": f"e-{number}", "source": "shipment.service", "detail-type": "shipment.created", "detail": detail}
    return json.dumps(envelope)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        local = Local(folder)
        try:
            local.disable()
            print("| messages | command | clock, a thousand | own time, a thousand | local cloud's | memory |\n|---|---|---|---|---|---|")
            for count in COUNTS:
                local.fill(count)
                commands = [
                    (("list",), f"{count} missing-field"),
                    (("list", "--all", "--format", "json"), f'"total":{count}'),
                    (("export", folder / f"{count}.jsonl"), str(count)),
                    (("redrive", "--force"), f"{count} sent back"),
                ]
                for words, expected in commands:
                    told, took, own, clouds, memory = local.measured(*words)
                    assert expected in told, (words, told[-2000:])
                    thousands = count / 1000
                    name = "list, JSON" if "json" in words else words[0]
                    print(f"| {count:,} | {name} | {took / thousands:.2f} s | {own / thousands:.2f} s | {clouds / thousands:.2f} s | {memory:.0f} MiB |", flush=True)
        finally:
            local.run("local", "down")


main()
