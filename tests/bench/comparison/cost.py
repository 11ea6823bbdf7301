"""What a piece of work costs: CPU (user + system), wall time and peak resident memory."""

import os
import resource
import select
import subprocess
import time
from dataclasses import dataclass


@dataclass
class Cost:
    cpu: float  # ms
    wall: float = 0  # ms
    rss: float = 0  # MiB; 0: not known
    unfinished: bool = False  # ended by its time limit: cpu and wall are lower bounds


def of_command(command, limit):
    """Runs a command to its end, or kills it after `limit` seconds."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    handle = os.pidfd_open(child.pid)
    try:
        unfinished = not select.select([handle], [], [], limit)[0]
        if unfinished:
            child.kill()
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        os.close(handle)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = (time.monotonic() - start) * 1e3
    cpu = (usage.ru_utime + usage.ru_stime) * 1e3
    return Cost(cpu, wall, more_than_own(usage.ru_maxrss), unfinished)


def more_than_own(peak):
    """In MiB. A process starts with the peak of the one that called exec(), so less is not seen."""
    return peak / 1024 if peak > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss else 0


def cpu_of_process(pid):
    """CPU milliseconds of all living threads of a process; to the nanosecond, unlike utime."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e6


def peak_rss(pid):
    """The most that a living process ever held, in MiB."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024
