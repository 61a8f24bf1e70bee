"""A lab file that cannot be read, or is no YAML, gives an error that says what to do."""

from pathlib import Path

import pytest

from lvslab.errors import LabFileError
from lvslab.model import load_lab, parse_lab

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("path", sorted((ROOT / "labs").glob("*.yml")), ids=lambda path: path.stem)
def test_every_published_lab_is_good_and_named_like_its_file(path: Path) -> None:
    """Each file in labs/ loads, has its own name, and points editors to the schema."""
    assert load_lab(path).name == path.stem
    assert path.read_text().startswith("# yaml-language-server: $schema=lab.schema.json\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1: the file is empty, allowed: a lab, which starts with 'lab: <name>'"),
        ("# only words\n", "1: the file is empty, allowed: a lab, which starts with 'lab: <name>'"),
        ("lab: x\nnodes: [", "2: not YAML while parsing a flow node: expected the node content"),
        ("lab: a: b", "1: not YAML: mapping values are not allowed here, at column 7"),
        ("lab: x\n---\nlab: y", "2: not YAML expected a single document in the stream"),
        ("lab: x\nb: *other", "2: found the alias *other, allowed: the value itself"),
        ("a: &a [*a]", "1: found the alias *a, allowed: the value itself"),
        ("lab: x\nday: 2020-13-45", "2: not YAML: this is no value, or is a text that needs quotes"),
        ("lab: x\nn: " + "9" * 5000, "2: not YAML: this is no value, or is a text that needs quotes"),
        ("lab: \x00", "1: not YAML: unacceptable character #x0000"),
        ("!!python/object:os.system {}", "1: not YAML: could not determine a constructor for the tag"),
        ("? [a]\n: 1", "1: not YAML while constructing a mapping: found unhashable key"),
        ("[" * 5000 + "]" * 5000, "1: lists and mappings are nested too deeply"),
        ("- lab", "1: found a list, allowed: a mapping of client, detection_budget, lab, local_services"),
    ],
)
def test_a_text_that_is_no_lab_is_refused_with_its_line(text: str, expected: str) -> None:
    """Broken YAML, and YAML that is no mapping, give one line that says where and why."""
    with pytest.raises(LabFileError) as caught:
        parse_lab(text, "x.yml")
    [line] = caught.value.details
    assert line.startswith(f"x.yml:{expected}")


def test_a_missing_file_is_refused_with_the_likeliest_other(tmp_path: Path) -> None:
    """A misspelt path is answered with the file that was probably meant."""
    (tmp_path / "lvs-dr.yml").write_text("lab: lvs-dr")
    with pytest.raises(LabFileError, match="no such file, expected a lab file") as caught:
        load_lab(tmp_path / "lvs-rd.yml")
    assert "lvs-dr.yml" in caught.value.hint


def test_a_missing_file_among_none_is_refused_with_a_command(tmp_path: Path) -> None:
    """Where there is nothing to guess, the hint is to look."""
    with pytest.raises(LabFileError) as caught:
        load_lab(tmp_path / "none" / "lab.yml")
    assert caught.value.hint == f"ls {tmp_path / 'none'}"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder is no lab file."""
    with pytest.raises(LabFileError, match="found a folder or device"):
        load_lab(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    """Latin-1 is no UTF-8; the line of the first bad byte is named."""
    path = tmp_path / "lab.yml"
    path.write_bytes("lab: x\ntitle: Schalter für alle".encode("latin-1"))
    with pytest.raises(LabFileError, match=r"lab\.yml:2: found bytes that are not UTF-8"):
        load_lab(path)


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    """A disk image given by mistake is not parsed for minutes."""
    path = tmp_path / "lab.yml"
    path.write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(LabFileError, match="at most 1 MiB"):
        load_lab(path)
