#!/usr/bin/env python3
"""Whole-process time and memory of `pipectl validate`, compared with an empty Rust program, cfn-lint and sam.

    cargo build --release
    python3 benches/validate.py [FOLDER WITH cfn-lint AND sam]

Every command's exit code is checked, so that no failure is measured. Absolute figures depend on the machine: quote
the ratios of one run.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PIPECTL = TARGET / "release" / "pipectl"


def measure(command, exit_code, runs):
    """Median seconds, least seconds and the largest resident size in MiB."""
    seconds, size = [], 0
    for _ in range(runs):
        begun = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - begun)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != exit_code:
            sys.exit(f"{command} exited with {child.returncode}, not {exit_code}")
        size = max(size, usage.ru_maxrss)
    return statistics.median(seconds), min(seconds), size / 1024


def main():
    tools = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "empty.rs").write_text("fn main() {}\n")
        empty = folder / "empty"
        subprocess.run(["rustc", "-O", "-o", empty, folder / "empty.rs"], check=True)

        prod = (ROOT / "specs/prod.yaml").read_text()
        shutil.copytree(ROOT / "specs/samples", folder / "samples")
        specs = []
        for number in range(1000):
            path = folder / f"spec{number}.yaml"
            path.write_text(prod.replace("name: shipmentevents", f"name: shipments-{number}"))
            specs.append(path)
        wrong = folder / "wrong.yaml"
        tags = "".join(f"    tag{number}: {number}\n" for number in range(200))
        wrong.write_text(prod.replace("  tags: {team: logistics}\n", f"  tags:\n{tags}"))
        rendered = subprocess.run([PIPECTL, "render", "specs/prod.yaml"], cwd=ROOT, check=True, capture_output=True)
        template = folder / "template.yaml"
        template.write_bytes(rendered.stdout)

        rows = [
            ("an empty Rust program", [empty], 0, 50),
            ("pipectl validate, 1 spec", [PIPECTL, "validate", specs[0]], 0, 50),
            ("pipectl validate, 1,000 specs", [PIPECTL, "validate", *specs], 0, 10),
            ("pipectl validate, 200 errors", [PIPECTL, "validate", wrong], 3, 20),
            ("pipectl render, 1 spec", [PIPECTL, "render", specs[0]], 0, 20),
        ]
        if tools:
            rows.append(("cfn-lint, the rendered template", [tools / "cfn-lint", template], 0, 5))
            sam = [tools / "sam", "validate", "--lint", "--region", "eu-west-1", "--template-file", template]
            rows.append(("sam validate --lint, the same", sam, 0, 3))
        os.environ["SAM_CLI_TELEMETRY"] = "0"
        one = None
        print(f"{'':34} {'median ms':>10} {'least ms':>9} {'MiB':>6} {'× one spec':>11}")
        for label, command, exit_code, runs in rows:
            median, least, size = measure(command, exit_code, runs)
            one = median if label.endswith("1 spec") and one is None else one
            ratio = f"{median / one:11.1f}" if one else ""
            print(f"{label:34} {median * 1000:10.2f} {least * 1000:9.2f} {size:6.1f} {ratio}")


if __name__ == "__main__":
    main()
