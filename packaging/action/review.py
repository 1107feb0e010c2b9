"""Checks the specs, plans one of them, and shows the plan as one comment on the pull request, which each run updates.

`action.yml` runs it with `pipectl` on the path. It needs the standard library only.
"""

import hashlib
import html
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# GitHub takes 65,536 characters in a comment. `plan` keeps within them and leaves 300 for the lines around it.
LARGEST = 60_000
MEANINGS = {1: "the operation failed", 3: "the spec is invalid", 4: "a guard refused it", 5: "the stack is busy"}


def main() -> int:
    folder = os.path.normpath(os.environ.get("REVIEW_FOLDER") or ".")
    spec = os.environ.get("REVIEW_SPEC") or ""
    # From here, so that annotations name files as the repository does.
    checked = os.path.join(folder, spec or "specs")
    check = pipectl("validate", "--format", "github", "--", checked)
    print(check.stdout, end="", flush=True)
    log(check.stderr)
    if check.returncode:
        human = pipectl("validate", "--", checked)
        body = failure("Invalid spec", human.stdout + human.stderr, check.returncode)
        return publish(folder, spec, body) or check.returncode
    if os.environ.get("REVIEW_PLAN") == "false":
        return 0

    plan = pipectl(
        "plan", "--format", "markdown", "--detailed-exitcode", *(["--", spec] if spec else []), folder=folder
    )
    log(plan.stderr)
    # 2 says that there are changes.
    if plan.returncode in (0, 2):
        output("changes", "true" if plan.returncode == 2 else "false")
        return publish(folder, spec, plan.stdout)
    body = failure(f"Failed plan: {spec or folder}", plan.stderr, plan.returncode)
    return publish(folder, spec, body) or plan.returncode


def pipectl(*arguments: str, folder: str = ".") -> subprocess.CompletedProcess:
    """Runs it without the token, which is for the comment alone."""
    environment = {name: value for name, value in os.environ.items() if name != "REVIEW_TOKEN"}
    done = subprocess.run(
        ["pipectl", "--color", "never", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    # A signal ended it.
    if done.returncode < 0:
        done.returncode = 128 - done.returncode
    return done


def failure(title: str, text: str, code: int) -> str:
    """What pipectl reports as a block of code that nothing in it can end."""
    shown = text.strip()
    if len(shown) > LARGEST:
        shown = shown[:LARGEST].rsplit("\n", 1)[0] + "\n… (the log of the job has the rest)"
    fence = "`" * (1 + max([2, *(len(run) for run in re.findall("`+", shown))]))
    meaning = MEANINGS.get(code, "see the exit codes of pipectl")
    return f"### {html.escape(title)}\n\npipectl ended with exit code {code}: {meaning}.\n\n{fence}text\n{shown}\n{fence}\n"


def publish(folder: str, spec: str, body: str) -> int:
    """Shows the text in the job's summary, and as the comment where there is a pull request. 1 where that failed."""
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(body + "\n")
    pull = pull_request()
    if pull is None:
        log("no pull request: the plan is in the summary of this job only")
        return 0
    # One comment for each spec that a workflow reviews.
    name = hashlib.sha256(os.path.join(folder, spec).encode()).hexdigest()[:16]
    marker = f"<!-- pipectl plan {name} -->"
    # What was pushed: the commit of the run itself is a merge that no one sees.
    text = f"{marker}\n{body}\n<sub>commit {pull['head']['sha'][:7]}, updated by each run</sub>\n"
    repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}"
    number = int(pull["number"])
    try:
        former = find(f"{repository}/issues/{number}/comments", marker)
        if former is None:
            call("POST", f"{repository}/issues/{number}/comments", {"body": text})
        else:
            call("PATCH", f"{repository}/issues/comments/{former}", {"body": text})
    except urllib.error.HTTPError as error:
        # A pull request from a fork has a token that only reads.
        if error.code in (403, 404):
            notice("warning", f"the token may not write the comment ({error.code}); it needs `pull-requests: write`")
            return 0
        notice("error", f"the comment was not written: GitHub answered {error.code}")
        return 1
    except OSError as error:
        notice("error", f"the comment was not written: {error}")
        return 1
    return 0


def pull_request() -> dict | None:
    path = os.environ.get("GITHUB_EVENT_PATH")
    return json.loads(Path(path).read_text(encoding="utf-8")).get("pull_request") if path else None


def find(comments: str, marker: str) -> int | None:
    """The comment of an earlier run. One that a person began with the same marker is not ours: its author could edit the
    plan afterwards."""
    login = own_login()
    page = 1
    while True:
        found = call("GET", f"{comments}?per_page=100&page={page}")
        for one in found:
            user = one.get("user") or {}
            own = user.get("login") == login if login else user.get("type") == "Bot"
            if own and (one.get("body") or "").startswith(marker):
                return int(one["id"])
        if len(found) < 100:
            return None
        page += 1


def own_login() -> str | None:
    """The user of the token; the token of a workflow belongs to an app, which has none."""
    try:
        return call("GET", "/user")["login"]
    except urllib.error.HTTPError as error:
        if error.code in (401, 403, 404):
            return None
        raise


def call(method: str, path: str, body: dict | None = None):
    request = urllib.request.Request(
        os.environ.get("GITHUB_API_URL", "https://api.github.com") + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['REVIEW_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "Content-Type": "application/json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "pipectl-action",
        },
    )
    attempts = 1 if method == "POST" else 3
    while True:
        attempts -= 1
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # A POST that failed may have made its comment: a second one could be a second comment.
            if error.code < 500 or attempts == 0:
                raise
        time.sleep(2)


def log(text: str) -> None:
    """Prints text in which a line that begins with `::` is no command to the runner."""
    if text.strip():
        end = secrets.token_hex(16)
        print(f"::stop-commands::{end}\n{text.rstrip()}\n::{end}::", flush=True)


def notice(level: str, text: str) -> None:
    print(f"::{level} title=pipectl::{text.replace('%', '%25').replace(chr(10), '%0A')}", flush=True)


def output(name: str, value: str) -> None:
    if path := os.environ.get("GITHUB_OUTPUT"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{name}={value}\n")


if __name__ == "__main__":
    sys.exit(main())
