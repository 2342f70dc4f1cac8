"""Two threads that meet a type for the first time.

In a process of its own: where it goes wrong, the process is gone.
"""

import subprocess
import sys

PROGRAM = """
import sys, threading
from dataclasses import dataclass
from tsuzuki import decode

met = threading.Event()

class Lock:
    '''Says that somebody has to wait.'''
    def __init__(self):
        self.lock = threading.Lock()
    def __enter__(self):
        if not self.lock.acquire(blocking=False):
            met.set()
            self.lock.acquire()
    def __exit__(self, *_):
        self.lock.release()

decode._learning = Lock()
read = []

def second():
    read.append(decode.{second})
    met.set()

class Slow:
    '''Somebody else comes while the type of a field is looked up.'''
    thread = None
    @property
    def kind(self):
        if Slow.thread is None:
            Slow.thread = threading.Thread(target=second)
            Slow.thread.start()
            assert met.wait(60)
        return int

slow = Slow()

@dataclass
class Inner:
    n: "slow.kind"

@dataclass
class Outer:
    inner: Inner
    name: str

read.append(decode.convert({{"inner": {{"n": 1}}, "name": "x"}}, Outer))
Slow.thread.join()
print(read[0] == read[1] == Outer(Inner(1), "x"))
"""
SECONDS = (
    """convert({"inner": {"n": 1}, "name": "x"}, Outer)""",
    """from_json(b'{"inner": {"n": 1}, "name": "x"}', Outer)""",
    """from_msgpack(bytes.fromhex("82a5696e6e657281a16e01a46e616d65a178"), Outer)""",
)


def test_a_type_two_threads_meet_at_once():
    for second in SECONDS:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM.format(second=second)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "True\n"), (second, done.stderr[-2000:])
