"""Programs that serve metrics over HTTP: started on a free port, scraped and ended."""

import contextlib
import re
import subprocess
import urllib.error
import urllib.request

PATIENCE = 60  # seconds


class Service:
    def __init__(self, process, url):
        self.process = process
        self.url = url

    @property
    def pid(self):
        return self.process.pid

    def scrape(self):
        """Empty while the service says that it has nothing to show yet."""
        try:
            with urllib.request.urlopen(self.url, timeout=PATIENCE) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            return ""


@contextlib.contextmanager
def running(command):
    """Takes the address from the first line of the log that names a port of 127.0.0.1."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True)
    try:
        address = next((found for line in process.stderr
                        if (found := re.search(r"127\.0\.0\.1:[1-9]\d*", line))), None)
        if address is None:
            raise RuntimeError(f"{command[0]} does not serve")
        yield Service(process, f"http://{address[0]}/metrics")
    finally:
        process.terminate()
        process.communicate()  # reads what it still has to say
