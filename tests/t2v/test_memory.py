"""What a process does with freed memory, seen from outside: in the resident memory of a child process."""

import subprocess
import sys

import pytest

from t2v.system import memory

SCRIPT = """
import threading
from t2v.system.memory import {name} as hand_back

def resident_mb():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) // 1024

def fill():
    mine = [bytearray(100_000) for _ in range(1500)]
    kept.append(mine[-1])  # at the end of the heap, which cannot shrink then

kept, threads = [], [threading.Thread(target=fill) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
before = resident_mb()
{call}
for _ in range(100):
    if resident_mb() < before - 150:
        break
    threading.Event().wait(0.1)
print(before, resident_mb())
"""


@pytest.mark.skipif(memory._glibc() is None, reason="no glibc")
@pytest.mark.parametrize(
    ("name", "call"),
    [("hand_back_freed_memory", "hand_back()"), ("hand_back_regularly", "hand_back(0.1)")],
)
def test_freed_memory_is_handed_back(name, call):
    script = SCRIPT.format(name=name, call=call)
    figures = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    before, after = map(int, figures)
    assert after < before - 150
