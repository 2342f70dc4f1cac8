"""The proxies of deploy/ as they run: Debian's nginx and Caddy with our configuration, only addresses, names
and times replaced.

python -m tests.faces.proxies      installs what is missing, where it can (CI does)
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests import debian
from tests.browser.server import free_port

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
NAMES = ("nginx", "caddy")
HOW = "The tests of the proxies need nginx and Caddy: apt-get install nginx caddy"
ADDRESS = "X-Test-Address"  # nginx believes who it says is asking, so that visitors can come from many places
# What a system's own nginx.conf has around it.
AROUND = """daemon off; worker_processes 1; {user} pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; set_real_ip_from 127.0.0.1; real_ip_header {address};
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  {ours}
}}
"""


def ensure() -> None:
    debian.ensure(lambda: all(map(shutil.which, NAMES)), NAMES, HOW)


def nginx(text: str, port: int, backend: int, folder: Path) -> list[str]:
    """Without TLS: the certificate is not what is tried here."""
    ours = text.replace("127.0.0.1:8000", f"127.0.0.1:{backend}").replace("/var/log/nginx/", f"{folder}/")
    ours = re.sub(r"listen 443 ssl http2;", f"listen 127.0.0.1:{port};", ours)
    ours = re.sub(r"\n *(listen \[::\]:443|ssl_certificate|ssl_certificate_key) [^;]*;", "", ours)
    # Who comes in the clear is sent on.
    ours = re.sub(r"\nserver \{\n *listen 80;.*?\n\}\n", "\n", ours, flags=re.DOTALL)
    user = "user root;" if os.getuid() == 0 else ""
    config = folder / "nginx.conf"
    config.write_text(AROUND.format(folder=folder, user=user, ours=ours, address=ADDRESS))
    return ["nginx", "-e", str(folder / "start.log"), "-c", str(config)]


def caddy(text: str, port: int, backend: int, folder: Path) -> list[str]:
    ours = text.replace("127.0.0.1:8000", f"127.0.0.1:{backend}")
    ours = ours.replace("renew.example.jp {", f"http://127.0.0.1:{port}, http://localhost:{port} {{")
    ours = ours.replace("\n{\n", "\n{\n\tadmin off\n\tauto_https off\n", 1)
    config = folder / "Caddyfile"
    config.write_text(for_this_caddy(ours))
    return ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]


def for_this_caddy(text: str) -> str:
    """As the file's own first lines say."""
    said = subprocess.run(["caddy", "version"], capture_output=True, text=True, check=True, timeout=60).stdout
    if [int(part) for part in re.findall(r"\d+", said)[:2]] >= [2, 7]:
        return text
    return re.sub(r"(?m)^\t*request_buffers .*$", "buffer_requests", text)


CONFIGS = {"nginx": ("nginx.conf", nginx), "caddy": ("Caddyfile", caddy)}


def shipped(name: str) -> str:
    return (DEPLOY / CONFIGS[name][0]).read_text()


def patient(text: str, seconds: int) -> str:
    """The configuration with other times for senders who are slow or silent."""
    times = r"client_header_timeout|client_body_timeout|keepalive_timeout|read_header|read_body|idle"
    changed, count = re.subn(rf"(?m)^(\s*(?:{times})) \d+s", rf"\1 {seconds}s", text)
    assert count == 3
    return changed


@contextmanager
def before(backend: int, name: str, text: str, folder: Path) -> Iterator[int]:
    """The port of a proxy that runs before a web server."""
    port = free_port()
    command = CONFIGS[name][1](text, port, backend, folder)
    environ = {
        **os.environ,
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        with urllib3.PoolManager(retries=urllib3.Retry(10, redirect=False, backoff_factor=0.05)) as http:
            http.request("GET", f"http://127.0.0.1:{port}/healthz", timeout=60)
        yield port
    except urllib3.exceptions.HTTPError as broken:
        raise RuntimeError(f"{name} does not answer:\n{(folder / 'log').read_text()[-2000:]}") from broken
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    try:
        ensure()
    except debian.NotHere as why:
        sys.exit(str(why))
