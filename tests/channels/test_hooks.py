"""Runs the hooks with pre-commit, in a local repository, with an empty home and without Rust."""

import subprocess
import unittest
from pathlib import Path

from support import ROOT, TOOLS, commit_all, environment, git, program, scratch, wheel, without_rust


class Hooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = scratch()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = Path(cls.scratch.name)
        # pre-commit installs a clone: a copy of this repository in its current state.
        cls.hooks = cls.folder / "hooks"
        listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate").split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                copy = cls.hooks / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes((ROOT / name).read_bytes())
        commit_all(cls.hooks)
        wheel(cls.folder)
        cls.environment = environment(
            cls.folder / "home",
            wheels=str(cls.folder),
            PATH=without_rust(cls.folder / "bin"),
            PRE_COMMIT_HOME=str(cls.folder / "cache"),
        )

    def project(self, name: str, hooks: list[str]) -> Path:
        project = self.folder / name
        project.mkdir()
        subprocess.run([program(), "--quiet", "init"], cwd=project, check=True)
        listed = "".join(f"      - id: {hook}\n" for hook in hooks)
        revision = git(self.hooks, "rev-parse", "HEAD")
        config = f"repos:\n  - repo: {self.hooks}\n    rev: {revision}\n    hooks:\n{listed}"
        (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
        commit_all(project)
        return project

    def pre_commit(self, project: Path, path: str = "") -> subprocess.CompletedProcess:
        names = {**self.environment, "PATH": path + self.environment["PATH"]}
        command = [TOOLS / "channels/bin/pre-commit", "run", "--all-files", "--verbose"]
        return subprocess.run(command, cwd=project, env=names, capture_output=True, text=True, timeout=600)

    def holds(self, project: Path, path: str = "") -> None:
        """Both hooks pass; then there is a mistake, and both fail."""
        run = self.pre_commit(project, path)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertEqual(run.stdout.count("Passed"), 2, run.stdout)
        self.assertIn("valid: specs/dev.yaml", run.stdout)

        spec = project / "specs/dev.yaml"
        right = spec.read_text(encoding="utf-8")
        spec.write_text(right.replace("\nqueue:", "\nqueu:"), encoding="utf-8")
        run = self.pre_commit(project, path)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertEqual(run.stdout.count("Failed"), 2, run.stdout)
        self.assertIn("error[spec::unknown-key]", run.stdout)
        self.assertIn("specs/dev.yaml", run.stdout)

    def test_the_hooks_with_the_wheel_need_no_rust(self):
        self.holds(self.project("with-wheel", ["pipectl-validate", "pipectl-test"]))

    def test_the_hooks_with_the_installed_program_take_the_one_on_the_path(self):
        project = self.project("installed", ["pipectl-validate-installed", "pipectl-test-installed"])
        run = self.pre_commit(project)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("`pipectl` not found", run.stdout)
        self.holds(project, f"{program().parent}:")
