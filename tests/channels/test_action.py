"""Runs the steps of `action.yml` in a local repository, with a simulated GitHub on this machine and the local cloud."""

import json
import os
import re
import subprocess
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

from support import ROOT, TARGET, commit_all, environment, program, scratch, wheel

# A file that is accepted as a processor: nothing is deployed here.
PROCESSOR = ROOT / "tests/releases/0.1.0/bootstrap"
TOKEN = "ghs_0123456789"


class GitHub(BaseHTTPRequestHandler):
    """The comments of pull request 7, as api.github.com serves them to a workflow's token."""

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/user":
            return self.answer(403, {"message": "Resource not accessible by integration"})
        page = re.fullmatch(r"/repos/acme/pipes/issues/7/comments\?per_page=100&page=(\d+)", self.path)
        if not page:
            return self.answer(404, {})
        begin = (int(page[1]) - 1) * 100
        return self.answer(200, self.server.comments[begin : begin + 100])

    def do_POST(self):
        if self.path != "/repos/acme/pipes/issues/7/comments":
            return self.answer(404, {})
        return self.write(
            lambda body: self.server.comments.append(comment(len(self.server.comments) + 1, "Bot", body)), 201
        )

    def do_PATCH(self):
        number = int(self.path.removeprefix("/repos/acme/pipes/issues/comments/"))
        return self.write(lambda body: self.server.comments[number - 1].update(body=body), 200)

    def write(self, change, status):
        self.server.writes.append(self.command)
        if self.server.reads_only:
            return self.answer(403, {"message": "Resource not accessible by integration"})
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        change(body)
        return self.answer(status, {"id": 1})

    def answer(self, status, value):
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status, value = 401, {}
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def comment(number: int, kind: str, body: str) -> dict:
    return {"id": number, "body": body, "user": {"login": f"{kind}-1", "type": kind}}


class Action(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        cls.folder = Path(cls.scratch.name)
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.repository = cls.folder / "repository"
        (cls.repository / "pipes").mkdir(parents=True)
        subprocess.run([program(), "--quiet", "init"], cwd=cls.repository / "pipes", check=True)
        cls.spec = cls.repository / "pipes/specs/dev.yaml"
        cls.right = cls.spec.read_text(encoding="utf-8")
        commit_all(cls.repository)
        wheel(cls.folder)
        (cls.folder / "event.json").write_text(
            json.dumps({"pull_request": {"number": 7, "head": {"sha": "89abcdef01"}}}), encoding="utf-8"
        )
        cls.server = ThreadingHTTPServer(("127.0.0.1", 0), GitHub)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.environment = environment(
            cls.folder / "home",
            wheels=str(cls.folder),
            GITHUB_ACTIONS="true",
            GITHUB_API_URL=f"http://127.0.0.1:{cls.server.server_port}",
            GITHUB_REPOSITORY="acme/pipes",
            GITHUB_EVENT_PATH=str(cls.folder / "event.json"),
            GITHUB_STEP_SUMMARY=str(cls.folder / "summary"),
            GITHUB_OUTPUT=str(cls.folder / "output"),
            GITHUB_PATH=str(cls.folder / "path"),
            GITHUB_ACTION_PATH=str(ROOT),
            RUNNER_TEMP=str(cls.folder),
            no_proxy="127.0.0.1",
            PIPECTL_LOCAL="1",
            # The installation of the other tests.
            PIPECTL_CACHE_DIR=str(TARGET / "local-cloud"),
            PIPECTL_LOCAL_DIR=str(cls.folder / "cloud"),
            PIPECTL_LOCAL_PORT="0",
            PIPECTL_PROCESSOR=str(PROCESSOR),
        )
        cls.addClassCleanup(
            subprocess.run, [program(), "--quiet", "local", "down"], env=cls.environment, capture_output=True
        )
        cls.action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        installed = cls.step(cls.action["runs"]["steps"][0], {"version": ""})
        assert installed.returncode == 0, installed.stdout + installed.stderr
        added = (cls.folder / "path").read_text(encoding="utf-8").splitlines()
        cls.environment["PATH"] = ":".join([*added, cls.environment["PATH"]])

    @classmethod
    def step(cls, step: dict, inputs: dict, **more: str) -> subprocess.CompletedProcess:
        """Runs a step like the runner: `bash`, with its variables, in the folder of the workflow."""
        defaults = {name: one.get("default", "") for name, one in cls.action["inputs"].items()}
        inputs = {**defaults, "token": TOKEN, **inputs}
        assert "${{" not in step["run"], "an input in the text of a command"
        values = {
            name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda one: inputs[one[1]], text)
            for name, text in step["env"].items()
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=cls.repository,
            env={**cls.environment, **values, **more},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def review(self, inputs: dict | None = None, **more: str) -> subprocess.CompletedProcess:
        (self.folder / "output").write_text("", encoding="utf-8")
        (self.folder / "summary").write_text("", encoding="utf-8")
        self.server.writes = []
        return self.step(self.action["runs"]["steps"][1], {"working-directory": "pipes", **(inputs or {})}, **more)

    def setUp(self):
        self.spec.write_text(self.right, encoding="utf-8")
        self.server.comments, self.server.writes, self.server.reads_only = [], [], False

    def test_the_first_run_creates_the_comment_and_the_next_one_updates_it(self):
        first = self.review()
        self.assertEqual(first.returncode, 0, first.stdout + first.stderr)
        self.assertEqual(self.server.writes, ["POST"])
        body = self.server.comments[0]["body"]
        marker = body.splitlines()[0]
        self.assertRegex(marker, r"^<!-- pipectl plan [0-9a-f]{16} -->$")
        self.assertIn("Plan for <code>pipes-dev</code>", body)
        self.assertIn("to add", body)
        self.assertIn("commit 89abcde", body)
        self.assertEqual((self.folder / "output").read_text(encoding="utf-8"), "changes=true\n")
        self.assertIn("Plan for", (self.folder / "summary").read_text(encoding="utf-8"))

        # More comments than a page has before ours, including one by a person who copied the marker.
        ours = self.server.comments.pop()
        self.server.comments = [comment(number, "User", marker + "\nall is well") for number in range(1, 131)]
        self.server.comments.append({**ours, "id": 131})
        self.spec.write_text(self.right.replace("memory_mb: 512", "memory_mb: 256"), encoding="utf-8")
        again = self.review({"spec": ""})
        self.assertEqual(again.returncode, 0, again.stdout + again.stderr)
        self.assertEqual(self.server.writes, ["PATCH"])
        self.assertEqual(len(self.server.comments), 131)
        self.assertTrue(self.server.comments[130]["body"].startswith(marker))
        self.assertTrue(all(one["body"].endswith("all is well") for one in self.server.comments[:130]))

        # Another spec has a comment of its own.
        named = self.review({"spec": "specs/dev.yaml"})
        self.assertEqual(named.returncode, 0, named.stdout + named.stderr)
        self.assertEqual((self.server.writes, len(self.server.comments)), (["POST"], 132))

    def test_an_invalid_spec_is_annotated_at_its_line_and_fails(self):
        self.spec.write_text(self.right.replace("name: pipes", "name: Pi_pes"), encoding="utf-8")
        run = self.review()
        self.assertEqual(run.returncode, 3, run.stdout + run.stderr)
        self.assertIn("::error file=pipes/specs/dev.yaml,line=", run.stdout)
        body = self.server.comments[0]["body"]
        self.assertIn("### Invalid spec", body)
        self.assertIn("exit code 3", body)
        self.assertIn("spec::wrong-form", body)

    def test_a_plan_that_fails_says_so_in_the_comment_and_fails(self):
        self.review()
        run = self.review(PIPECTL_PROCESSOR=str(self.folder / "missing ```` processor"))
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertEqual(self.server.writes, ["PATCH"])
        body = self.server.comments[0]["body"]
        self.assertIn("### Failed plan", body)
        self.assertIn("package::no-source", body)
        # Longer than any run of this character in its content.
        self.assertIn("\n`````text\n", body)
        self.assertEqual((self.folder / "output").read_text(encoding="utf-8"), "")

    def test_an_input_is_never_a_command(self):
        for text in ["$(touch pwned)", "`touch pwned`", "; touch pwned", '"; touch pwned; "', "--help"]:
            run = self.review({"spec": text})
            self.assertEqual(run.returncode, 3, run.stdout + run.stderr)
        version = self.step(self.action["runs"]["steps"][0], {"version": "0.1.0 --index-url http://127.0.0.1"})
        self.assertEqual(version.returncode, 64, version.stdout + version.stderr)
        self.assertEqual(list(self.folder.rglob("pwned")), [])

    def test_a_token_that_only_reads_is_a_warning(self):
        self.server.reads_only = True
        run = self.review()
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("::warning title=pipectl::the token may not write the comment (403)", run.stdout)
        self.assertIn("Plan for", (self.folder / "summary").read_text(encoding="utf-8"))

    def test_a_fork_can_be_validated_without_a_plan(self):
        run = self.review({"plan": "false"}, PIPECTL_PROCESSOR="missing")
        self.assertEqual((run.returncode, self.server.writes), (0, []), run.stdout + run.stderr)

    def test_pipectl_does_not_see_the_token(self):
        shim = self.folder / "shim"
        shim.mkdir()
        (shim / "pipectl").write_text('#!/bin/sh\nenv >>"$SEEN"\nexec "$PROGRAM" "$@"\n', encoding="utf-8")
        (shim / "pipectl").chmod(0o755)
        seen = self.folder / "seen"
        run = self.review(PATH=f"{shim}:{os.environ['PATH']}", SEEN=str(seen), PROGRAM=str(program()))
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("GITHUB_ACTIONS=true", seen.read_text(encoding="utf-8"))
        self.assertNotIn(TOKEN, seen.read_text(encoding="utf-8"))
