"""sockwatch itself: its steps in process, in turn with other tools, and the daemon as it is run."""

import contextlib
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass

from . import cost, service

STEPS = {"bare": "bare walk", "fold": "dump and fold", "full": "full sample",
         "listener": "listener sample"}
NOBODY = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
CONFIG = """\
http: {{listen: ["127.0.0.1:0"]}}
sampling:
  interval: {interval}
  listeners_interval: {listeners}
  cpu_limit: 100%
  namespaces: {namespaces}
limits: {{max_namespaces: 10000}}
state_directory: ""
log: {{listeners: false}}
"""


@contextlib.contextmanager
def steps(build):
    """A function for each of STEPS."""
    program = subprocess.Popen([f"{build}/tests/bench_steps"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)

    def step(name):
        start = time.monotonic()
        program.stdin.write(name + "\n")
        program.stdin.flush()
        cpu = float(program.stdout.readline())
        return cost.Cost(cpu, (time.monotonic() - start) * 1e3)

    try:
        step("listener")  # answers when it is in its steady state
        yield {name: lambda name=name: step(name) for name in STEPS}
    finally:
        program.stdin.close()
        program.wait()


@contextlib.contextmanager
def configuration(**values):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", buffering=1) as file:
        file.write(CONFIG.format(**values))
        yield file.name


def takes_all_namespaces(build):
    with configuration(interval="1s", listeners="1s", namespaces="all") as config:
        return subprocess.run([f"{build}/daemon/sockwatch", "check-config", config],
                              capture_output=True, check=False).returncode == 0


@dataclass
class Figures:
    cpu: float  # ms for one sample
    samples: int
    overruns: int
    rss: float  # MiB, the most it ever held


def daemon(build, cadence, interval, seconds, namespaces="host", nobody=False):
    """Its CPU time by the number of samples, all of one cadence and each `interval` seconds."""
    full = "1h" if cadence == "listeners" else f"{interval}s"
    with configuration(interval=full, listeners=f"{interval}s", namespaces=namespaces) as config:
        subprocess.run(["chmod", "0644", config], check=True)
        command = [*(NOBODY if nobody else []), f"{build}/daemon/sockwatch", "run", "--config",
                   config]
        with service.running(command) as served:
            return measured(served, cadence, seconds)


def measured(served, cadence, seconds):
    await_samples(served, cadence, 2)  # the first one searches all owners
    first, before = served.scrape(), cost.cpu_of_process(served.pid)
    time.sleep(seconds)
    after, last = cost.cpu_of_process(served.pid), served.scrape()

    def grown(counter):
        return number(last, counter, cadence) - number(first, counter, cadence)

    samples = grown("sockwatch_samples_total")
    return Figures((after - before) / max(samples, 1), samples,
                   grown("sockwatch_sample_overruns_total"), cost.peak_rss(served.pid))


def await_samples(served, cadence, wanted):
    deadline = time.monotonic() + service.PATIENCE
    while number(served.scrape(), "sockwatch_samples_total", cadence) < wanted:
        if time.monotonic() > deadline:
            raise RuntimeError("the daemon takes no samples")
        time.sleep(0.2)


def number(metrics, name, cadence):
    found = re.search(rf'^{name}{{cadence="{cadence}"}} (\S+)', metrics, re.MULTILINE)
    return int(float(found[1])) if found else 0
