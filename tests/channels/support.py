"""Shared code of the channels' tests."""

import os
import shlex
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
TOOLS = TARGET / "ci-tools"
VERSION = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"]


def program() -> Path:
    """The program in the packages of these tests, which starts the debug program. That itself has 180 MB, which takes
    minutes to pack; `.ci/wheel` and `.ci/npm` pack the real one of a release."""
    script = TARGET / "tmp/channels/pipectl"
    script.parent.mkdir(parents=True, exist_ok=True)
    new = script.with_name(f"new-{os.getpid()}")
    new.write_text(f'#!/bin/sh\nexec {shlex.quote(str(TARGET / "debug/pipectl"))} "$@"\n', encoding="utf-8")
    new.chmod(0o755)
    return new.replace(script)


def wheel(folder: Path) -> Path:
    """A wheel of this version with the debug program, as maturin lays one out."""
    name = f"pipectl_cli-{VERSION}"
    path = folder / f"{name}-py3-none-any.whl"
    files = {
        f"{name}.data/scripts/pipectl": program().read_bytes(),
        f"{name}.dist-info/METADATA": f"Metadata-Version: 2.4\nName: pipectl-cli\nVersion: {VERSION}\n".encode(),
        f"{name}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in [*files, f"{name}.dist-info/RECORD"])
    files[f"{name}.dist-info/RECORD"] = record.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            entry = zipfile.ZipInfo(file)
            entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
            archive.writestr(entry, content)
    return path


def without_rust(folder: Path) -> str:
    """A search path with everything of the system except cargo and rustc."""
    folder.mkdir()
    rust = {"cargo", "rustc", "rustup", "maturin"}
    for place in ["/usr/local/bin", "/usr/bin", "/bin", *os.environ["PATH"].split(":")]:
        if not Path(place).is_dir() or "rustup" in place or ".cargo" in place:
            continue
        for file in Path(place).iterdir():
            link = folder / file.name
            if file.name not in rust and not link.is_symlink():
                link.symlink_to(file)
    assert shutil.which("cargo", path=str(folder)) is None
    return str(folder)


def environment(home: Path, **more: str) -> dict[str, str]:
    """An environment with an empty home, and without the user's own settings, including GitHub's variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "PIPECTL_", "AWS_", "GIT_"))
    }
    home.mkdir(exist_ok=True)
    links = " ".join(filter(None, [os.environ.get("PIP_FIND_LINKS"), more.pop("wheels", None)]))
    return {
        **kept,
        "HOME": str(home),
        "MATURIN_NO_INSTALL_RUST": "1",
        **({"PIP_FIND_LINKS": links} if links else {}),
        **more,
    }


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "init.defaultBranch=main",
        "-c",
        "commit.gpgsign=false",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit_all(folder: Path) -> None:
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "All")


def scratch() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="pipectl-channels-")
