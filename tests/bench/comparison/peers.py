"""Other tools that show sockets; each a function of no arguments that answers with a Cost."""

import contextlib
import os
import shutil
import time

from . import cost, service

COMMANDS = {
    "ss": ["ss", "-tan"],
    "ss-p": ["ss", "-tanp"],
    "ss-l": ["ss", "-tlnp"],
    "netstat": ["netstat", "-tanp"],
    "lsof": ["lsof", "-nP", "-i"],
    "local-listeners": ["local-listeners"],
}
EXPORTER = "prometheus-node-exporter"
NAMES = [*COMMANDS, "node-exporter"]
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec/netdata",
                        "/usr/libexec/netdata/plugins.d"])


def installed(name):
    """The path of the program of a peer, or None."""
    return shutil.which(EXPORTER if name == "node-exporter" else COMMANDS[name][0], path=PATH)


def title(name):
    return f"{EXPORTER} tcpstat" if name == "node-exporter" else " ".join(COMMANDS[name])


@contextlib.contextmanager
def ready(name, limit):
    if name == "node-exporter":
        with exporter() as scrape:
            yield scrape
    else:
        command = [installed(name), *COMMANDS[name][1:]]
        yield lambda: cost.of_command(command, limit)


@contextlib.contextmanager
def exporter():
    with service.running([installed("node-exporter"), "--web.listen-address=127.0.0.1:0",
                          "--web.disable-exporter-metrics", "--collector.disable-defaults",
                          "--collector.tcpstat"]) as served:
        def scrape():
            before, start = cost.cpu_of_process(served.pid), time.monotonic()
            served.scrape()
            wall = (time.monotonic() - start) * 1e3
            return cost.Cost(cost.cpu_of_process(served.pid) - before, wall,
                             cost.peak_rss(served.pid))

        scrape()  # its first one is dearer
        yield scrape
