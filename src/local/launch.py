# Runs ministack in a session of its own: Ctrl-C and the end of the terminal do not reach it. Python does it, because
# between fork and exec only unsafe code could.
#
# ministack saves each service over its former file, passes over those it cannot save, and starts empty where it cannot
# load. Here all of it is saved into a new folder beside the former one, with a report of every file; pipectl puts that
# folder in the former one's place when all of it is there. What cannot be saved is tried again until it can be: as long
# as the process lives, nothing is lost.
import hashlib, json, os, runpy, shutil, time

os.setsid()

from ministack.core import persistence

FORMER = os.environ["STATE_DIR"]
NEW = os.path.join(os.path.dirname(FORMER), "state.new")
REPORT = "saved.json"
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


def synced(path, chunks):
    digest, size = hashlib.sha256(), 0
    with open(path, "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "sha256": digest.hexdigest()}


def encoded(service, state):
    wrapped = {"__ministack_format__": persistence._state_format_version(service), "payload": state}
    return [json.dumps(wrapped, default=persistence._json_default).encode()]


def kept(name):
    with open(os.path.join(FORMER, name), "rb") as file:
        return synced(os.path.join(NEW, name), iter(lambda: file.read(1 << 20), b""))


def attempt(services, files, failed):
    shutil.rmtree(NEW, ignore_errors=True)
    os.mkdir(NEW, 0o700)
    for service, get_state in services.items():
        try:
            state = get_state()
            # A service that was not used since it was started has its former file.
            if state is not None:
                name = f"{service}.json"
                files[name] = synced(os.path.join(NEW, name), encoded(service, state))
        except Exception as error:
            failed[service] = f"{type(error).__name__}: {error}"
    for name in os.listdir(FORMER) if os.path.isdir(FORMER) else []:
        service = name.removesuffix(".json")
        if name != service and name != REPORT and name not in files and service not in failed:
            files[name] = kept(name)


def report(files):
    content = {"version": 1, "token": TOKEN, "port": int(os.environ["GATEWAY_PORT"]), "files": files}
    part = os.path.join(NEW, REPORT + ".part")
    synced(part, [json.dumps(content).encode()])
    os.replace(part, os.path.join(NEW, REPORT))
    folder = os.open(NEW, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


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
        files, failed = {}, {}
        try:
            attempt(services, files, failed)
            if not failed:
                return report(files)
        except OSError as error:
            failed["all"] = str(error)
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


synced(TROUBLE, [b" " * RESERVED])
persistence.save_all = save_all

from ministack import app

app._load_persisted_state = load_all
runpy.run_module("ministack", run_name="__main__", alter_sys=True)
