"""Packs the npm packages with the debug program, installs them into an empty folder, and runs `pipectl` from there."""

import json
import os
import platform
import signal
import subprocess
import tarfile
import unittest
from pathlib import Path

from support import ROOT, VERSION, environment, program, scratch

MACHINE = {"x86_64": "x86_64", "amd64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}[platform.machine().lower()]
TARGET = f"{MACHINE}-{'apple-darwin' if platform.system() == 'Darwin' else 'unknown-linux-gnu'}"


class Npm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = Path(cls.scratch.name)
        cls.environment = environment(cls.folder / "home")
        # The layout of an archive of `.ci/release`.
        name = f"pipectl-{VERSION}-{TARGET}"
        notices = cls.folder / "THIRD-PARTY-NOTICES.txt"
        notices.write_text("notices\n", encoding="utf-8")
        (cls.folder / "dist").mkdir()
        with tarfile.open(cls.folder / f"dist/{name}.tar.gz", "w:gz") as archive:
            archive.add(program(), f"{name}/pipectl")
            archive.add(notices, f"{name}/THIRD-PARTY-NOTICES.txt")
        made = cls.run_in(ROOT, ".ci/npm", cls.folder / "dist", cls.folder / "made")
        assert made.returncode == 0, made.stdout + made.stderr
        cls.project = cls.folder / "project"
        cls.project.mkdir()
        packages = sorted((cls.folder / "made").iterdir())
        installed = cls.run_in(
            cls.project, "npm", "install", "--silent", "--no-audit", "--no-fund", "--offline", *packages
        )
        assert installed.returncode == 0, installed.stdout + installed.stderr
        cls.modules = cls.project / "node_modules"

    @classmethod
    def run_in(cls, folder: Path, *command: object, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env={**cls.environment, **more},
            capture_output=True,
            text=True,
            timeout=600,
        )

    def pipectl(self, *arguments: str, **more: str) -> subprocess.CompletedProcess:
        return self.run_in(self.project, self.modules / ".bin/pipectl", *arguments, **more)

    def test_it_runs_the_program_with_its_output_and_exit_code(self):
        self.assertEqual(self.pipectl("--version").stdout, f"pipectl {VERSION}\n")
        self.assertEqual(self.pipectl("validate", "none.yaml").returncode, 3)
        self.assertEqual(self.pipectl("--no-such-option").returncode, 64)

    def test_both_packages_hold_what_they_should_and_no_more(self):
        main, build = self.modules / "pipectl", next((self.modules / "@pipectl").iterdir())
        common = {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt", "package.json"}
        self.assertEqual({path.name for path in main.iterdir()}, {*common, "README.md", "pipectl.js"})
        self.assertEqual({path.name for path in build.iterdir()}, {*common, "bin"})
        fields = json.loads((main / "package.json").read_text(encoding="utf-8"))
        self.assertEqual(fields["optionalDependencies"], {f"@pipectl/{build.name}": VERSION})
        self.assertNotIn("scripts", fields)

    def test_signals_reach_the_program_and_its_end_is_reported(self):
        for sent, code in [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]:
            with self.subTest(sent):
                # A language server waits for its editor.
                launcher = subprocess.Popen(
                    [self.modules / ".bin/pipectl", "lsp"],
                    cwd=self.project,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                )
                text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}})
                launcher.stdin.write(f"Content-Length: {len(text)}\r\n\r\n{text}".encode())
                launcher.stdin.flush()
                # It answers, so it already handles signals.
                launcher.stdout.readline()
                try:
                    launcher.send_signal(sent)
                    self.assertEqual(launcher.wait(timeout=60), code)
                    # The program had this pipe open, so it has ended too.
                    launcher.stdout.read()
                finally:
                    # If it still runs, the end of its input ends the program.
                    launcher.kill()
                    launcher.communicate()

    def test_a_platform_without_a_build_and_a_build_left_out_are_named(self):
        other = self.folder / "other.js"
        other.write_text('Object.defineProperty(process, "arch", { value: "riscv64" });\n', encoding="utf-8")
        run = self.pipectl("--version", NODE_OPTIONS=f"--require={other}")
        self.assertEqual(run.returncode, 1)
        self.assertIn("there is no build for", run.stderr)
        self.assertIn("cargo install pipectl", run.stderr)

        builds, hidden = self.modules / "@pipectl", self.folder / "hidden"
        os.rename(builds, hidden)
        try:
            run = self.pipectl("--version")
        finally:
            os.rename(hidden, builds)
        self.assertEqual(run.returncode, 1)
        self.assertIn(f"@{VERSION} is not installed", run.stderr)
        self.assertIn("npm install @pipectl/", run.stderr)
