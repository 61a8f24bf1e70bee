"""The lab's own authority, and the certificates that it signs; its key never leaves the instance's folder.

An instance has one authority for its life, and a certificate for each of its labs that serves by HTTPS. All web
servers of a lab have the same one, as they answer for the same addresses.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lvslab.host.keys import write_secret
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab

LIFE = timedelta(days=3650)
EARLIER = timedelta(days=1)
"""How long before it is made a certificate begins to count: a node's clock may be behind."""
SIGNS = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Certificate:
    """A private key and its certificate, both as PEM (RFC 7468)."""

    key: str
    certificate: str


def of_lab(paths: InstancePaths, lab: Lab) -> Certificate | None:
    """Return the certificate of a lab's web servers, made at the first call; None where they serve no HTTPS.

    It is for the addresses of the lab's services (RFC 5280, section 4.2.1.6) and for the name ``LAB.test`` (RFC 6761,
    section 6.2). One that is for other addresses, or that another authority has signed, is made anew.
    """
    if not lab.web.tls:
        return None
    authority = _authority(paths)
    file = paths.authority.with_name(f"{lab.name}.crt")
    names = _names(lab)
    if not _is_for(file, names, authority):
        _sign(file, lab.name, names, authority, paths.authority)
    return Certificate(file.with_suffix(".key").read_text(), file.read_text())


def _names(lab: Lab) -> x509.SubjectAlternativeName:
    addresses = dict.fromkeys(service.address for service in lab.services)
    return x509.SubjectAlternativeName([x509.DNSName(f"{lab.name}.test"), *map(x509.IPAddress, addresses)])


def _is_for(file: Path, names: x509.SubjectAlternativeName, authority: x509.Certificate) -> bool:
    if not file.exists():
        return False
    found = x509.load_pem_x509_certificate(file.read_bytes())
    told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return told == names and found.issuer == authority.subject


def _sign(
    file: Path, name: str, names: x509.SubjectAlternativeName, authority: x509.Certificate, signer: Path
) -> None:
    key, signing = ec.generate_private_key(ec.SECP256R1()), _key_of(signer)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    built = (
        _builder(name, authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(issuer, critical=False)
    )
    _write(file, key, built.sign(signing, hashes.SHA256()))


def _authority(paths: InstancePaths) -> x509.Certificate:
    """Return the authority's certificate, made where there is none."""
    file = paths.authority
    if not file.exists():
        file.parent.mkdir(mode=0o700, exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        # the number tells it from another authority of an instance of the same name
        name = f"lvslab {paths.name} {x509.random_serial_number():x}"
        built = (
            _builder(name, _subject(name), key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(SIGNS, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        _write(file, key, built.sign(key, hashes.SHA256()))
    return x509.load_pem_x509_certificate(file.read_bytes())


def _builder(name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=_subject(name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - EARLIER,
        not_valid_after=now + LIFE,
    )


def _subject(name: str) -> x509.Name:
    # a common name has 64 characters at most (RFC 5280, appendix A.1)
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _key_of(certificate: Path) -> ec.EllipticCurvePrivateKey:
    found = load_pem_private_key(certificate.with_suffix(".key").read_bytes(), None)
    assert isinstance(found, ec.EllipticCurvePrivateKey)
    return found


def _write(file: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    """Write a key and then its certificate, which so is there only when both are."""
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.unlink(missing_ok=True)
    write_secret(file.with_suffix(".key"), secret)
    part = file.with_suffix(".part")
    part.write_bytes(certificate.public_bytes(Encoding.PEM))
    part.replace(file)
