"""Sockets to look at, made by make_load in network namespaces that go with it."""

import contextlib
import ctypes
import subprocess
from dataclasses import dataclass

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000  # linux/sched.h


@dataclass(frozen=True)
class Population:
    sockets: int  # ends of TCP connections
    processes: int
    namespaces: int = 1
    udp: int = 0

    @property
    def title(self):
        return (f"{self.sockets} connected TCP sockets, {self.udp} UDP, 40 listeners, "
                f"{self.processes} processes, {self.namespaces} namespaces")


def set_namespace(file):
    if LIBC.setns(file.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(name):
    """This thread, and what it starts, are in a namespace of /run/netns."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{name}") as other:
        set_namespace(other)
        try:
            yield
        finally:
            set_namespace(home)


@contextlib.contextmanager
def made(build, population):
    """The population stands, and this thread is in its first namespace."""
    load = subprocess.Popen(
        [f"{build}/tests/make_load", "--established", str(population.sockets), "--listen", "40",
         "--udp", str(population.udp), "--processes", str(population.processes),
         "--namespaces", str(population.namespaces), "--ipv6", "10"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        name = next((line.split()[1] for line in load.stdout if line.startswith("READY")), None)
        if name is None:
            raise RuntimeError("make_load made nothing")
        with inside(name):
            yield
    finally:
        load.stdin.close()  # tells it to remove everything
        load.wait()
