"""The composed product with a certificate: made here, for loopback, good for a day."""

import ipaddress
import secrets
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from argus_local.docker import Project
from argus_local.people import Person
from argus_local.processes import StartError

# nginx begins anew when its settings have changed.
START_SECONDS = 30


def certificate(folder: Path) -> Path:
    """A certificate and its key in ``folder``, as the proxy wants them."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Argus, for a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.key").write_bytes(pem)
    # For the proxy's user, which is nobody here; the folder above is ours alone.
    (folder / "tls.key").chmod(0o644)
    return folder


def faults(project: Project, http: int, https: int, trusted: Path) -> Iterator[str]:
    """What does not work, or works without TLS, now that there is a certificate."""
    answer = httpx.get(f"http://127.0.0.1:{http}/alerts/?a=b", trust_env=False)
    wanted = f"https://127.0.0.1:{https}/alerts/?a=b"
    if (answer.status_code, answer.headers.get("Location")) != (308, wanted):
        yield f"http is answered with {answer.status_code}, not led to https"
    context = ssl.create_default_context(cafile=str(trusted))
    password = secrets.token_urlsafe(16)
    project.manage(
        "officer_create", "--username", "tls", "--role", "administrator", "--password-stdin", stdin=f"{password}\n"
    )
    person = Person(f"https://127.0.0.1:{https}", verify=context)
    try:
        person.sign_in("tls", password)
    except StartError as error:
        yield str(error)
        return
    if (page := person.get("/")).status_code != 200 or "strict-transport-security" not in page.headers:
        yield f"the overview by https: {page.status_code}, {dict(page.headers)}"
    if not all(cookie.secure for cookie in person.cookies):
        yield "a cookie may leave without TLS"
    until = time.monotonic() + START_SECONDS
    while (status := person.get("/mlflow/").status_code) != 200:
        if time.monotonic() > until:
            yield f"MLflow by https: {status}"
            break
        time.sleep(1)
    person.close()
