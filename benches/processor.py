#!/usr/bin/env python3
"""The processor compared with a common Python handler, on this machine, in one run: start, throughput, CPU, memory.

    cargo build --release --package pipectl-processor --bins --examples
    python3 benches/processor.py

Both run under the same small runtime API and write to the same table, which answers after 5 ms and has a process of its own. boto3 is installed into
`target/bench`. Absolute figures depend on the machine: quote the ratios of one run.
"""

import asyncio
import http.client
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
WRITE_SECONDS = 0.005
STARTS = 15
# Batch size and number of batches.
BATCHES = [(1, 60), (10, 60), (100, 30), (1000, 5)]
TICK = os.sysconf("SC_CLK_TCK")


class Table:
    """A table that takes WRITE_SECONDS for a write."""

    def __init__(self):
        milliseconds = str(round(WRITE_SECONDS * 1e3))
        self.process = subprocess.Popen([TARGET / "release/examples/slow_table", milliseconds], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def writes(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/")
        count = int(connection.getresponse().read())
        connection.close()
        return count

    def one_write(self):
        """Seconds, the median of many on one connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        seconds = []
        for _ in range(100):
            begun = time.perf_counter()
            connection.request("POST", "/", "x" * 1500)
            connection.getresponse().read()
            seconds.append(time.perf_counter() - begun)
        connection.close()
        return statistics.median(seconds)


class World:
    """The runtime API."""

    def __init__(self):
        self.batches = asyncio.Queue()
        self.polled = asyncio.Event()
        self.answered = asyncio.Event()
        self.answer = None
        self.conversations = []

    async def serve(self, reader, writer):
        self.conversations.append(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = 0
                for line in head.split("\r\n"):
                    if line.lower().startswith("content-length:"):
                        length = int(line.split(":")[1])
                body = await reader.readexactly(length) if length else b""
                path = head.split(" ", 2)[1]
                if path.endswith("/next"):
                    await self.next(writer)
                elif path.endswith("/response"):
                    self.answer = json.loads(body)
                    self.answered.set()
                    self.reply(writer, 202, b"{}")
                else:
                    sys.exit(f"the processor reports {body.decode()}")
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    async def next(self, writer):
        self.polled.set()
        batch = await self.batches.get()
        deadline = int((time.time() + 60) * 1000)
        headers = f"Lambda-Runtime-Aws-Request-Id: r\r\nLambda-Runtime-Deadline-Ms: {deadline}\r\n"
        headers += "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-west-1:123456789012:function:f\r\n"
        self.reply(writer, 200, batch, headers)

    @staticmethod
    def reply(writer, status, body, headers=""):
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)


def batch(size, first):
    """Records of about a kilobyte, in the form of SQS."""
    records = []
    for number in range(first, first + size):
        detail = {
            "shipment_id": f"S-{number}",
            "event_timestamp": "2026-01-31T09:05:00Z",
            "event_type": "shipment.created",
            "event_data": {"weight_kg": 12.5, "note": "x" * 500, "legs": [{"from": "GDN", "to": "HAM"}] * 5},
        }
        envelope = {
            "version": "0", "id": f"e-{number}", "detail-type": "shipment.created", "source": "shipment.service",
            "account": "123456789012", "time": "2026-01-31T09:05:00Z", "region": "eu-west-1", "resources": [],
            "detail": detail,
        }
        attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1769850300000"}
        records.append({
            "messageId": f"m-{number}", "receiptHandle": "h", "body": json.dumps(envelope), "attributes": attributes,
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:q", "awsRegion": "eu-west-1",
        })
    return json.dumps({"Records": records}).encode()


def start(command, port, table):
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{table.port}",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "id",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_LAMBDA_FUNCTION_NAME": "processor",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "EVENTS_TABLE_NAME": "events",
    }
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mebibytes(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measure(command, table):
    world = World()
    server = await asyncio.start_server(world.serve, "127.0.0.1", 0, limit=1 << 26)
    port = server.sockets[0].getsockname()[1]
    starts = []
    for _ in range(STARTS):
        world.polled.clear()
        begun = time.perf_counter()
        process = start(command, port, table)
        await asyncio.wait_for(world.polled.wait(), 30)
        starts.append(time.perf_counter() - begun)
        idle = memory_mebibytes(process.pid, "VmRSS")
        process.send_signal(signal.SIGKILL)
        process.wait()
    # Open polls of killed processes would take batches from the running ones.
    world.batches = asyncio.Queue()
    world.polled.clear()
    process = start(command, port, table)
    await world.polled.wait()
    figures = {"start": statistics.median(starts), "idle": idle}
    first = 0
    for size, count in [(10, 3), *BATCHES]:
        latencies, cpu = [], cpu_seconds(process.pid)
        for _ in range(count):
            world.answered.clear()
            text, before = batch(size, first), table.writes()
            first += size
            begun = time.perf_counter()
            world.batches.put_nowait(text)
            await world.answered.wait()
            latencies.append(time.perf_counter() - begun)
            if world.answer["batchItemFailures"] or table.writes() - before < size:
                sys.exit(f"{command}: not every record was written")
        cpu = cpu_seconds(process.pid) - cpu
        latencies.sort()
        figures[size] = {
            "rate": size * count / sum(latencies),
            "median": statistics.median(latencies),
            "p99": latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))],
            "cpu": cpu / (size * count),
            "memory": memory_mebibytes(process.pid, "VmHWM"),
        }
    process.kill()
    process.wait()
    server.close()
    for conversation in world.conversations:
        conversation.cancel()
    await asyncio.gather(*world.conversations, return_exceptions=True)
    return figures


def main():
    python = TARGET / "bench/bin/python"
    if not python.exists():
        venv.create(TARGET / "bench", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "boto3==1.44.5"], check=True)
    table = Table()
    try:
        one = table.one_write()
        ours = asyncio.run(measure([TARGET / "release/bootstrap"], table))
        theirs = asyncio.run(measure([python, ROOT / "benches/reference_handler.py"], table))
    finally:
        table.process.kill()
    rows = [
        ("start, exec to first poll (ms)", ours["start"] * 1e3, theirs["start"] * 1e3, True),
        ("memory at the first poll (MiB)", ours["idle"], theirs["idle"], True),
    ]
    for size, _ in BATCHES:
        mine, other = ours[size], theirs[size]
        rows += [
            (f"batch of {size}: records/s", mine["rate"], other["rate"], False),
            (f"batch of {size}: median (ms)", mine["median"] * 1e3, other["median"] * 1e3, True),
            (f"batch of {size}: p99 (ms)", mine["p99"] * 1e3, other["p99"] * 1e3, True),
            (f"batch of {size}: CPU a record (µs)", mine["cpu"] * 1e6, other["cpu"] * 1e6, True),
            (f"batch of {size}: largest memory (MiB)", mine["memory"], other["memory"], True),
        ]
    print(f"{'':38} {'processor':>10} {'Python':>10} {'times better':>13}")
    for label, mine, other, less in rows:
        ratio = (other / mine if less else mine / other) if mine and other else 0.0
        print(f"{label:38} {mine:10.2f} {other:10.2f} {ratio:13.1f}")
    ten = ours[10]["median"]
    print(f"\na batch of 10 takes {ten / one:.2f} × one write, which takes {one * 1e3:.2f} ms here with its way there and "
          f"back,\nand {ten / ours[1]['median']:.2f} × a batch of one")


main()
