# Runs ministack in a session of its own: Ctrl-C and the end of the terminal do not reach it. Python does it, because
# between fork and exec only unsafe code could.
#
# ministack saves each service over its former file, passes over those it cannot save, and starts empty where it cannot
# load. Here all of it is saved into a new folder beside the former one, with a report of every file; pipectl puts that
# folder in the former one's place when all of it is there. What cannot be saved is tried again until it can be: as long
# as the process lives, nothing is lost.
import hashlib, json, os, runpy, shutil, sys, time

os.setsid()

from ministack.core import persistence

FORMER = os.environ["STATE_DIR"]
NEW = os.path.join(os.path.dirname(FORMER), "state.new")
REPORT = "saved.json"
# Where the code of functions is, below the state.
BLOBS = "lambda-blobs"
TOKEN = os.environ["MINISTACK_EDITION"]
# Why the state is not saved. The space for it is taken while there is some.
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
    """Objects of buckets have files of their own, written with each call; one whose file could not be is in memory still."""
    s3 = sys.modules.get("ministack.services.s3")
    for (_, bucket), content in list(s3._buckets._data.items()) if s3 else []:
        for key, found in list(content["objects"].items()):
            if isinstance(found, dict) and found.get("body") is not None:
                s3._persist_object(bucket, key, found)
                if found.get("body") is not None:
                    return f"the object {bucket}/{key} cannot be written"
    return None


def keep_others(failed):
    """Files of services that were not used since they were started, and such as are beside the services' own."""
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
    """Why services are not saved."""
    failed = {}
    shutil.rmtree(NEW, ignore_errors=True)
    os.mkdir(NEW, 0o700)
    functions = sys.modules.get("ministack.services.lambda_svc")
    if functions:
        # The code of functions is written beside the state of them, and what is not of these is deleted there.
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
    """Reads back all that was written, and has it on the disk."""
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
            # Somebody has deleted all of it.
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
        # It would go on without this service's state, and save that.
        os._exit(1)


def take_over_times():
    """EventBridge delivers an event with the time that its sender gives; ministack gives it another one."""
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
    """A receive gives ten messages; ministack looks through all that a queue has for them, which is slow where it has thousands."""
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
    """Ministack looks for each entry of a batch among all messages of a queue; here it does among those the batch names."""
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
