"""The lab's own authority, and what it signs."""

import ssl
import stat
from ipaddress import ip_address

import pytest
from cryptography import x509

from lvslab.host import certificates, client
from lvslab.host.paths import InstancePaths
from lvslab.model import Lab, load_lab
from tests.unit.recorded import LABS


@pytest.fixture
def fwmark() -> Lab:
    """Return a lab that serves by HTTPS."""
    return load_lab(LABS / "lvs-dr-fwmark.yml")


def made(paths: InstancePaths, lab: Lab) -> certificates.Certificate:
    """Return a lab's certificate, which there is."""
    found = certificates.of_lab(paths, lab)
    assert found is not None
    return found


def read(found: certificates.Certificate) -> x509.Certificate:
    """Return a certificate, read."""
    return x509.load_pem_x509_certificate(found.certificate.encode())


def test_a_lab_without_https_has_no_authority(paths: InstancePaths, lab: Lab) -> None:
    """Nothing is made, and the client trusts whom it trusts anyway."""
    assert certificates.of_lab(paths, lab) is None
    assert not paths.authority.exists()
    assert client.trusting(paths.authority) == {}


def test_a_certificate_is_for_the_labs_addresses_and_name(paths: InstancePaths, fwmark: Lab) -> None:
    """Each once; a client that asks any of them finds what it asked for."""
    names = read(made(paths, fwmark)).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ip_address(f"192.168.18.{end}") for end in (41, 42, 43)]
    assert names.get_values_for_type(x509.DNSName) == ["lvs-dr-fwmark.test"]


def test_it_is_the_authority_that_has_signed_it(paths: InstancePaths, fwmark: Lab) -> None:
    """The authority may sign, and nothing below it may; OpenSSL takes both files."""
    signed = read(made(paths, fwmark))
    authority = x509.load_pem_x509_certificate(paths.authority.read_bytes())
    signed.verify_directly_issued_by(authority)
    constraints = [one.extensions.get_extension_for_class(x509.BasicConstraints).value for one in (authority, signed)]
    assert [(each.ca, each.path_length) for each in constraints] == [(True, 0), (False, None)]
    ssl.create_default_context(cafile=str(paths.authority))
    file = paths.authority.with_name("lvs-dr-fwmark.crt")
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(file, file.with_suffix(".key"))


def test_keys_are_nobody_elses(paths: InstancePaths, fwmark: Lab) -> None:
    """Neither the authority's nor the web servers'; nor is their folder."""
    made(paths, fwmark)
    folder = paths.authority.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keys = sorted(folder.glob("*.key"))
    assert [key.name for key in keys] == ["authority.key", "lvs-dr-fwmark.key"]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_a_certificate_stays_until_the_lab_has_other_addresses(paths: InstancePaths, fwmark: Lab) -> None:
    """A second run changes nothing on the nodes; another address takes another certificate, by the same authority."""
    first = made(paths, fwmark)
    assert made(paths, fwmark) == first
    fewer = fwmark.model_copy(update={"virtual_services": fwmark.virtual_services[:1]})
    assert made(paths, fewer) != first
    assert read(made(paths, fewer)).issuer == read(first).issuer


def test_another_authority_signs_anew(paths: InstancePaths, fwmark: Lab) -> None:
    """What the old one has signed is worth nothing to a client that trusts the new one."""
    first = made(paths, fwmark)
    paths.authority.unlink()
    second = made(paths, fwmark)
    assert read(second).issuer != read(first).issuer
    read(second).verify_directly_issued_by(x509.load_pem_x509_certificate(paths.authority.read_bytes()))


def test_the_client_trusts_the_authority(paths: InstancePaths, fwmark: Lab) -> None:
    """curl and OpenSSL look for its file in the environment, each by a name of its own."""
    made(paths, fwmark)
    authority = str(paths.authority)
    assert client.trusting(paths.authority) == {"CURL_CA_BUNDLE": authority, "SSL_CERT_FILE": authority}
