"""Certificates for the tests of encryption, made anew each time and valid for two days."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mo_viewer.pacs.node import Tls


class Certificates:
    """A certificate authority and two that it vouches for: the archive's and ours."""

    def __init__(self, folder: Path) -> None:
        now = datetime.now(UTC)
        keys = {who: ec.generate_private_key(ec.SECP256R1()) for who in ("ca", "archive", "us")}
        names = {who: x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, who)]) for who in keys}
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        for who, key in keys.items():
            made = (
                x509.CertificateBuilder(names["ca"], names[who], key.public_key(), x509.random_serial_number())
                .not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + timedelta(days=1))
                .add_extension(x509.BasicConstraints(ca=who == "ca", path_length=None), critical=True)
            )
            made = made if who == "ca" else made.add_extension(here, critical=False)
            pem = made.sign(keys["ca"], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            (folder / f"{who}.pem").write_bytes(pem)
            secret = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            (folder / f"{who}.key").write_bytes(secret)
        self.folder = folder

    def ours(self) -> Tls:
        """What our side needs to trust the archive and to be trusted."""
        ca, pem, key = (str(self.folder / name) for name in ("ca.pem", "us.pem", "us.key"))
        return Tls(ca, pem, key)

    def archive(self, asks_for_ours: bool = False) -> ssl.SSLContext:
        """The archive's side."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.folder / "ca.pem"))
        context.load_cert_chain(self.folder / "archive.pem", self.folder / "archive.key")
        context.verify_mode = ssl.CERT_REQUIRED if asks_for_ours else ssl.CERT_NONE
        return context
