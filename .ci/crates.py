"""The crates that are built into pipectl and its processor, for `.ci/sbom` and `.ci/notices`."""

import json
import subprocess

ROOT = "pipectl"


def metadata() -> dict:
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def needed(nodes: dict[str, dict]) -> set[str]:
    """The crates that are built into the programs, without those that only tests and build scripts need."""
    found, left = set(), [node for node in nodes if f"/{ROOT}#" in node or "/processor#" in node or f"{ROOT}@" in node]
    while left:
        node = left.pop()
        if node in found:
            continue
        found.add(node)
        for dependency in nodes[node]["deps"]:
            if any(kind["kind"] is None for kind in dependency["dep_kinds"]):
                left.append(dependency["pkg"])
    return found
