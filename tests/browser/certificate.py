"""A certificate nobody trusts but the browser it is shown to: a chain of leaf and intermediate on P-256, as
long as a real one's.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certificate:
    chain: Path
    key: Path
    root: Path
    pin: str  # what Chromium knows it by

    @property
    def trusted(self) -> str:
        """A flag for Chromium.

        Not «ignore errors»: pages behind an error are never cached, and a warm visit would be a cold one.
        """
        return f"--ignore-certificate-errors-spki-list={self.pin}"


def make(folder: Path) -> Certificate:
    root, middle, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    top = _signed("Tests Root", root, "Tests Root", root)
    above = _signed("Tests Root", middle, "Tests Intermediate", root)
    below = _signed("Tests Intermediate", leaf, "localhost", middle, hosts=True)
    folder.mkdir(parents=True, exist_ok=True)
    chain, key, anchor = folder / "chain.pem", folder / "key.pem", folder / "root.pem"
    pem = serialization.Encoding.PEM
    chain.write_bytes(below.public_bytes(pem) + above.public_bytes(pem))
    anchor.write_bytes(top.public_bytes(pem))
    key.touch(0o600)
    key.write_bytes(leaf.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public = leaf.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Certificate(chain, key, anchor, base64.b64encode(hashlib.sha256(public).digest()).decode())


def _signed(
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    subject: str,
    by: ec.EllipticCurvePrivateKey,
    hosts: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    draft = (
        x509.CertificateBuilder()
        .issuer_name(_name(issuer))
        .subject_name(_name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
        .add_extension(_use(hosts), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if hosts:
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        draft = draft.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return draft.sign(by, hashes.SHA256())


def _use(leaf: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=leaf,
        key_cert_sign=not leaf,
        crl_sign=not leaf,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
