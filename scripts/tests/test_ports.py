"""Ports: the usual one where it is to be had, and never one for two."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from argus_local import ports


@pytest.fixture
def port() -> Iterator[int]:
    found = ports.free_port()
    yield found
    ports.release(found)


def test_the_preferred_one_is_given_when_it_is_free(port: int) -> None:
    ports.release(port)
    assert ports.free_port(port) == port


def test_a_port_in_use_is_not_given(port: int) -> None:
    ports.release(port)
    with socket.create_server(("127.0.0.1", port)):
        assert ports.listening(port)
        other = ports.free_port(port)
    assert other != port
    ports.release(other)


def test_a_port_set_aside_is_given_to_nobody_else(port: int) -> None:
    other = ports.free_port(port)
    assert other != port
    ports.release(other)


def test_another_process_sees_what_is_set_aside(port: int) -> None:
    scripts = str(Path(ports.__file__).parents[1])
    program = f"from argus_local.ports import free_port; print(free_port({port}) == {port})"

    def elsewhere() -> str:
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONPATH": scripts},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert elsewhere() == "False"
    ports.release(port)
    assert elsewhere() == "True"


def test_nobody_listens_on_a_free_port(port: int) -> None:
    assert not ports.listening(port)
