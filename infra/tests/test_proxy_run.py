"""infra/proxy/run: what it tells nginx, with stand-ins for nginx and for Docker's names."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from compose_file import ROOT

RUN = ROOT / "infra" / "proxy" / "run"
# As nginx does, it sets its handlers whatever the shell had it ignore.
NGINX = f"""#!{sys.executable}
import os, signal, sys, time
log = open(os.environ["HERE"] + "/signals", "a", buffering=1)
signal.signal(signal.SIGHUP, lambda *_: print("HUP", file=log))
signal.signal(signal.SIGQUIT, lambda *_: (print("QUIT", file=log), sys.exit(0)))
print("started", file=log)
while True:
    time.sleep(0.05)
"""
GETENT = """#!/bin/sh
while read -r address; do echo "$address STREAM web"; echo "$address DGRAM"; done <"$HERE/replicas"
"""


class Proxy:
    """The script as a process, and what it leaves behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("programs", "tls", "state"):
            (folder / name).mkdir()
        for name, text in (("nginx", NGINX), ("getent", GETENT)):
            (folder / "programs" / name).write_text(text)
            (folder / "programs" / name).chmod(0o755)
        self.replicas("10.0.0.1")
        self.process: subprocess.Popen[str] | None = None

    def replicas(self, *addresses: str) -> None:
        new = self.folder / "replicas.new"
        new.write_text("".join(f"{address}\n" for address in addresses))
        new.replace(self.folder / "replicas")

    def start(self, **env: str) -> subprocess.Popen[str]:
        here = {"HERE": self.folder, "PROXY_STATE": self.folder / "state", "PROXY_TLS": self.folder / "tls"}
        path = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        env = os.environ | {name: str(value) for name, value in here.items()} | {"PATH": path} | env
        # A shell cannot trap what it was started to ignore, and a run under nohup ignores this.
        heard = partial(signal.signal, signal.SIGHUP, signal.SIG_DFL)
        self.process = subprocess.Popen([RUN], env=env, stderr=subprocess.PIPE, text=True, preexec_fn=heard)
        return self.process

    def conf(self, name: str) -> str:
        path = self.folder / "state" / name
        return path.read_text() if path.exists() else ""

    def signals(self) -> list[str]:
        path = self.folder / "signals"
        return path.read_text().split() if path.exists() else []


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    made = Proxy(tmp_path)
    yield made
    if made.process is not None:
        if made.process.poll() is None:
            made.process.terminate()
        made.process.communicate(timeout=30)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_nginx_is_told_when_replicas_change(proxy: Proxy) -> None:
    process = proxy.start()
    until(lambda: proxy.signals() == ["started"])
    assert proxy.conf("upstream.conf").count("server ") == 1
    assert "server 10.0.0.1:8000 " in proxy.conf("upstream.conf")
    proxy.replicas("10.0.0.2", "10.0.0.1")
    until(lambda: proxy.signals() == ["started", "HUP"])
    assert proxy.conf("upstream.conf").count("server ") == 2
    # Nobody is there: those that were known may be again.
    proxy.replicas()
    time.sleep(2.5)
    assert proxy.conf("upstream.conf").count("server ") == 2
    process.send_signal(signal.SIGHUP)
    until(lambda: proxy.signals() == ["started", "HUP", "HUP"])
    process.terminate()
    assert process.wait(30) == 0
    assert proxy.signals()[-1] == "QUIT"


def test_replicas_are_known_once_nginx_was_told_of_them(proxy: Proxy) -> None:
    env = os.environ | {"PROXY_STATE": str(proxy.folder / "state")}
    upstream = proxy.folder / "state" / "upstream.conf"
    upstream.write_text("server 10.0.0.1:8000 max_fails=1;\n")
    asked = subprocess.Popen([RUN.with_name("knows"), "2"], env=env)
    with pytest.raises(subprocess.TimeoutExpired):
        asked.wait(1)
    upstream.write_text("server 10.0.0.1:8000 max_fails=1;\nserver 10.0.0.2:8000 max_fails=1;\n")
    assert asked.wait(30) == 0


def test_it_starts_while_no_replica_is_there(proxy: Proxy) -> None:
    proxy.replicas()
    proxy.start()
    until(lambda: proxy.signals() == ["started"])
    assert proxy.conf("upstream.conf").startswith("server 127.0.0.1:9;")


@pytest.mark.parametrize(("https", "scheme"), [("0", "http"), ("1", "https"), ("true", "https")])
def test_without_a_certificate_it_believes_what_it_is_told(proxy: Proxy, https: str, scheme: str) -> None:
    proxy.start(ARGUS_HTTPS=https)
    until(lambda: proxy.signals() == ["started"])
    assert f"set $argus_scheme {scheme};" in proxy.conf("servers.conf")
    assert "ssl" not in proxy.conf("servers.conf")


@pytest.mark.parametrize(("port", "where"), [("8443", "https://$host:8443$"), ("443", "https://$host$")])
def test_with_a_certificate_http_leads_to_https(proxy: Proxy, port: str, where: str) -> None:
    for name in ("tls.crt", "tls.key"):
        (proxy.folder / "tls" / name).write_text("x")
    proxy.start(ARGUS_HTTPS="1", ARGUS_HTTPS_PORT=port)
    until(lambda: proxy.signals() == ["started"])
    assert f"return 308 {where}request_uri;" in proxy.conf("servers.conf")
    assert "listen 8443 ssl;" in proxy.conf("servers.conf")


@pytest.mark.parametrize(
    ("files", "https", "says"),
    [(["tls.crt"], "1", "tls.key is missing"), (["tls.key"], "1", "tls.crt is missing"),
     (["tls.crt", "tls.key"], "0", "set ARGUS_HTTPS=1")],
)  # fmt: skip
def test_half_a_certificate_is_refused(proxy: Proxy, files: list[str], https: str, says: str) -> None:
    for name in files:
        (proxy.folder / "tls" / name).write_text("x")
    process = proxy.start(ARGUS_HTTPS=https)
    assert process.wait(30) == 1
    assert process.stderr is not None
    assert says in process.stderr.read()
    assert proxy.signals() == []
