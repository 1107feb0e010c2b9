# Runs ministack in a session of its own, so that Ctrl-C and the closing of the terminal do not end it. Python calls
# setsid, because Rust would need unsafe code between fork and exec.
#
# ministack overwrites the former file of each service, skips services that it cannot save, and starts empty if it cannot
# load. Here the whole state is saved into a new folder, with a report of every file. pipectl replaces the former folder
# when the new one is complete. A failed save is retried until it succeeds: as long as the process runs, nothing is lost.
import hashlib, json, os, runpy, shutil, sys, time

os.setsid()

from ministack.core import persistence

FORMER = os.environ["STATE_DIR"]
NEW = os.path.join(os.path.dirname(FORMER), "state.new")
REPORT = "saved.json"
# The folder of the functions' code, within the state.
BLOBS = "lambda-blobs"
TOKEN = os.environ["MINISTACK_EDITION"]
# Why the state is not saved. Its space on the disk is reserved at the start.
TROUBLE = os.path.join(os.path.dirname(FORMER), "not-saved.json")
RESERVED = 8192
PAUSE = 1


def say(words):
    try:
        os.write(1, f"{words}\n".encode())
    except OSError:
        # The log is on the same disk.
        pass


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path):
    folder = os.open(path, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def encoded(service, state):
    wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
    return json.dumps(wrapped, default=persistence._json_default).encode()


def save_objects():
    """Each object has a file of its own, written at its call. If that failed, the object is still in memory: writes it again."""
    s3 = sys.modules.get("ministack.services.s3")
    for (_, bucket), content in list(s3._buckets._data.items()) if s3 else []:
        for key, found in list(content["objects"].items()):
            if isinstance(found, dict) and found.get("body") is not None:
                s3._persist_object(bucket, key, found)
                if found.get("body") is not None:
                    return f"the object {bucket}/{key} cannot be written"
    return None


def keep_others(failed):
    """Copies files of services that were not used in this run, and files that do not belong to a service."""
    for folder, _, names in os.walk(FORMER):
        for name in names:
            path = os.path.join(folder, name)
            relative = os.path.relpath(path, FORMER)
            new = os.path.join(NEW, relative)
            of_lambda = relative.startswith(BLOBS + os.sep) and os.path.exists(os.path.join(NEW, "lambda.json"))
            is_old = name == REPORT or name.endswith((".tmp", ".part")) or of_lambda
            if not is_old and relative.removesuffix(".json") not in failed and not os.path.exists(new):
                os.makedirs(os.path.dirname(new), 0o700, exist_ok=True)
                shutil.copyfile(path, new, follow_symlinks=False)


def attempt(services):
    """Saves all services; returns the reason for each that failed."""
    failed = {}
    shutil.rmtree(NEW, ignore_errors=True)
    os.mkdir(NEW, 0o700)
    functions = sys.modules.get("ministack.services.lambda_svc")
    if functions:
        # ministack writes the code of functions into this folder, and deletes other files in it.
        functions.CODE_BLOB_DIR = os.path.join(NEW, BLOBS)
    for service, get_state in services.items():
        try:
            state = get_state()
            if state is not None:
                write(os.path.join(NEW, f"{service}.json"), encoded(service, state))
        except Exception as error:
            failed[service] = f"{type(error).__name__}: {error}"
    objects = save_objects()
    if objects:
        failed["s3"] = objects
    keep_others(failed)
    return failed


def report():
    """Reads back all files, flushes them to the disk, and writes the report."""
    files = {}
    for folder, _, names in os.walk(NEW):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                digest = hashlib.sha256()
                for part in iter(lambda: file.read(1 << 20), b""):
                    digest.update(part)
                files[os.path.relpath(path, NEW)] = {"bytes": file.tell(), "sha256": digest.hexdigest()}
                os.fsync(file.fileno())
        sync_folder(folder)
    content = {"version": 1, "token": TOKEN, "port": int(os.environ["GATEWAY_PORT"]), "files": files}
    part = os.path.join(NEW, REPORT + ".part")
    write(part, json.dumps(content).encode())
    os.replace(part, os.path.join(NEW, REPORT))
    sync_folder(NEW)


def complain(tries, failed):
    say(f"the state is not saved: {failed}")
    shown = {service[:40]: reason[:300] for service, reason in list(failed.items())[:10]}
    content = {"version": 1, "token": TOKEN, "tries": tries, "failed": shown, "services": len(failed)}
    try:
        with open(TROUBLE, "r+b") as file:
            file.write(json.dumps(content).encode().ljust(RESERVED))
    except OSError as error:
        say(f"nor can that be written down: {error}")


def save_all(services):
    tries = 0
    while True:
        tries += 1
        try:
            failed = attempt(services)
            if not failed:
                return report()
        except Exception as error:
            failed = {"all": f"{type(error).__name__}: {error}"}
        shutil.rmtree(NEW, ignore_errors=True)
        if not os.path.isdir(os.path.dirname(FORMER)):
            # The folder was deleted.
            return say("there is no folder to save the state in")
        complain(tries, failed)
        time.sleep(PAUSE)


def load(service):
    state = persistence.load_state(service)
    if state:
        app._get_module(app._state_map[service]).load_persisted_state(state)
    elif state is None and os.path.exists(os.path.join(FORMER, f"{service}.json")):
        raise RuntimeError("it is not of this version of ministack")


def load_all():
    service = ""
    try:
        for service in app._state_map:
            load(service)
    except Exception as error:
        say(f"the saved state of {service} cannot be loaded: {type(error).__name__}: {error}")
        # Otherwise it would continue without this service's state, and save that.
        os._exit(1)


def take_over_times():
    """EventBridge delivers an event with its sender's time; ministack replaces that time."""
    try:
        from ministack.services import eventbridge

        now = eventbridge._now_ts
    except (ImportError, AttributeError):
        return say("events get another time than their senders give")

    def now_or_given():
        caller = sys._getframe(1)
        entry = caller.f_locals.get("entry") if caller.f_code.co_name == "_put_events" else None
        given = entry.get("Time") if isinstance(entry, dict) else None
        return given if isinstance(given, (int, float)) else now()

    eventbridge._now_ts = now_or_given


def receive_in_time():
    """A receive returns ten messages; ministack scans the whole queue for them, which is slow with thousands of messages."""
    try:
        from ministack.services import sqs

        of_fifo, complete, receipt = sqs._collect_fifo, sqs._ensure_msg_fields, sqs.new_uuid
        sqs._collect_msgs
    except (ImportError, AttributeError):
        return say("receives from long queues are slow")

    def collect(queue, most, hidden):
        now = time.time()
        if queue["is_fifo"]:
            return of_fifo(queue, most, hidden, now)
        found = []
        for message in queue["messages"]:
            if len(found) == most:
                break
            if message.get("visible_at", 0) <= now:
                complete(message)
                message["receipt_handle"] = receipt()
                message["visible_at"] = now + hidden
                message["receive_count"] += 1
                if message.get("first_receive_at") is None:
                    message["first_receive_at"] = now
                found.append(message)
        return found

    sqs._collect_msgs = collect


def batches_in_time():
    """For each entry of a batch, ministack scans the whole queue; here it scans only the messages of the batch."""
    try:
        from ministack.services import sqs

        handlers, queue_of = sqs._HANDLERS, sqs._get_q
        named = {name: handlers[name] for name in ("ChangeMessageVisibilityBatch", "DeleteMessageBatch")}
    except (ImportError, AttributeError, KeyError):
        return say("batches of long queues are slow")

    def of_few(act):
        def answer(data, url):
            queue = queue_of(data.get("QueueUrl", url))
            entries = [entry for entry in data.get("Entries") or [] if isinstance(entry, dict)]
            receipts = {str(entry.get("ReceiptHandle")) for entry in entries}
            everything = queue["messages"]
            few = queue["messages"] = [one for one in everything if one.get("receipt_handle") in receipts]
            try:
                return act(data, url)
            finally:
                left = {id(one) for one in queue["messages"]}
                removed = {id(one) for one in few} - left
                queue["messages"] = [one for one in everything if id(one) not in removed] if removed else everything

        return answer

    handlers.update({name: of_few(act) for name, act in named.items()})


write(TROUBLE, b" " * RESERVED)
persistence.save_all = save_all

from ministack import app

take_over_times()
receive_in_time()
batches_in_time()
app._load_persisted_state = load_all
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
