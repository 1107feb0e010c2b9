#!/usr/bin/env python3
"""The cost of a key stroke in an editor: `pipectl lsp` over the protocol, with a spec of 500 lines and 20 samples.

    cargo build --release
    python3 benches/editor.py [PROGRAM]

For each of 200 key strokes: from `didChange` to `publishDiagnostics`, and from the completion request to its answer.
After half of the strokes the text is not valid YAML. Absolute figures depend on the machine.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
STROKES = 200
SAMPLES = 20


class Server:
    def __init__(self, program):
        self.child = subprocess.Popen([program, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.asked = 0

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.child.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.child.stdin.flush()

    def next(self):
        length = 0
        while line := self.child.stdout.readline().strip():
            name, value = line.split(b": ")
            if name == b"Content-Length":
                length = int(value)
        return json.loads(self.child.stdout.read(length))

    def tell(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def ask(self, method, parameters):
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": parameters})
        while (answer := self.next()).get("id") != self.asked:
            pass
        return answer["result"]


def sample(number):
    lines = [{"sku": f"S-{number}-{line}", "count": line, "note": "n" * 40} for line in range(20)]
    customer = {"id": f"C-{number}", "email": f"c{number}@example.com"}
    detail = {"order": {"number": number, "customer": customer, "lines": lines}, "state": f"state-{number}"}
    detail |= {"shipment_id": f"s{number}", "event_timestamp": "2026-01-01T00:00:00Z", "event_type": "t", "event_data": {}}
    return {"source": "shop.orders", "detail-type": "Order Placed", "detail": detail}


def spec(folder):
    names = [f"samples/{number}.json" for number in range(SAMPLES)]
    (folder / "samples").mkdir()
    for number, name in enumerate(names):
        (folder / name).write_text(json.dumps(sample(number)))
    lines = ["version: 1", "name: orders", "environment: dev", "bus:", "  pattern:", "    source: [shop.orders]"]
    lines += ["    detail:", "      state:", *[f"        - {{prefix: state-{number}}}" for number in range(80)]]
    lines += ["  samples:", "    match:", *[f"      - {name}" for name in names]]
    lines += ["event:", "  attributes:"]
    lines += [f"    sku_{number}: \"$.detail.order.lines[{number}].sku\"" for number in range(20)]
    lines += [f"    count_{number}: {{from: \"$.detail.order.lines[{number}].count\"}}" for number in range(20)]
    lines += ["deploy:", "  tags:", *[f"    tag{number}: value {number}" for number in range(40)]]
    lines += ["alarms: {notify: [a@example.com]}", "tests:"]
    for number in range(SAMPLES):
        lines += [f"  - event: {names[number]}", "    row:", f"      shipment_id: s{number}"]
    lines += ["queue:", "  retention_days: 4", "  "]
    comments = 500 - len(lines)
    return "\n".join([f"# note {number}" for number in range(comments)] + lines) + "\n"


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else TARGET / "release" / "pipectl"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        text = spec(folder)
        uri = f"file://{folder}/spec.yaml"
        assert text.count("\n") == 500, text.count("\n")
        server = Server(program)
        capabilities = {"textDocument": {"completion": {"completionItem": {"snippetSupport": True}}}}
        server.ask("initialize", {"capabilities": capabilities})
        server.tell("initialized", {})
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        server.tell("textDocument/didOpen", {"textDocument": document})
        begun = server.next()["params"]["diagnostics"]
        assert begun == [], begun
        told, offered = [], []
        places = ["    source: [shop.orders", "      state:\n", "retention_days: 4\n  "]
        for stroke in range(STROKES):
            place = places[stroke % len(places)]
            at = text.index(place) + len(place)
            typed = [", ", "        - {", "dead_letter: {"][stroke % len(places)] if stroke % 2 else ""
            line = "\n" if typed and place.endswith("\n") else ""
            changed = text[:at] + typed + line + text[at:]
            before = changed[: at + len(typed)]
            position = {"line": before.count("\n"), "character": len(before.rsplit("\n", 1)[-1])}
            begin = time.perf_counter()
            server.tell(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": stroke + 2}, "contentChanges": [{"text": changed}]},
            )
            published = server.next()
            told.append(time.perf_counter() - begin)
            assert published["method"] == "textDocument/publishDiagnostics"
            begin = time.perf_counter()
            items = server.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
            offered.append(time.perf_counter() - begin)
            assert items or not typed, position
        server.ask("shutdown", None)
        server.tell("exit", None)
        if server.child.wait() != 0:
            sys.exit("the server did not exit as expected")
    for what, seconds in [("diagnostics", told), ("completion", offered)]:
        print(f"{what:12} median {statistics.median(seconds) * 1000:6.2f} ms, worst of {STROKES} {max(seconds) * 1000:6.2f} ms")


if __name__ == "__main__":
    main()
