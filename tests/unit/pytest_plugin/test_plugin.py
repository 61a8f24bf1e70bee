"""The plugin as far as it gets without a lab: markers, order, and the example in its page."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
pytest_plugins = "pytester"

SECOND = """
import pytest
from lvslab.pytest_plugin import LabUnderTest

pytestmark = pytest.mark.lab("second")

def test_a(lab): ...

def test_plain(): ...

@pytest.mark.lab(restore="test")
def test_b(lab): ...
"""
FIRST = "import pytest\npytestmark = pytest.mark.lab('first')\ndef test_c(lab): ...\ndef test_on_host(lab_name): ..."


def test_the_example_in_the_page_is_the_one_that_is_run() -> None:
    """Whoever copies it from the page copies what works."""
    example = (ROOT / "docs" / "example" / "test_my_cluster.py").read_text().rstrip()
    assert example in (ROOT / "docs" / "pytest.md").read_text()


def test_tests_of_one_lab_stand_together_and_after_all_others(pytester: pytest.Pytester) -> None:
    """Once a lab is entered there is no way back, and a lab is switched as seldom as can be."""
    pytester.makepyfile(test_1=SECOND, test_2=FIRST, test_3=SECOND)
    done = pytester.runpytest("--collect-only", "-q")
    names = [line.partition("::")[2] for line in done.outlines if "::" in line]
    assert names == ["test_plain"] * 2 + ["test_on_host"] + ["test_a", "test_b"] * 2 + ["test_c"]


def test_a_module_has_one_lab(pytester: pytest.Pytester) -> None:
    """A test that wants another than its module is told."""
    pytester.makepyfile(SECOND + "\n@pytest.mark.lab('third')\ndef test_d(lab): ...")
    done = pytester.runpytest("--collect-only", "-q")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*test_d: wants the lab third, its module second*"])


def test_an_unknown_word_of_the_marker_is_told(pytester: pytest.Pytester) -> None:
    """It is wrong usage, with the words that are known."""
    pytester.makepyfile("import pytest\n@pytest.mark.lab('x', restore='always')\ndef test_a(lab): ...")
    done = pytester.runpytest("--collect-only", "-q")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*restore='always'*expected one of test, module, never*"])


def test_a_fixture_of_the_same_name_raises_no_lab(pytester: pytest.Pytester) -> None:
    """Somebody else's tests may have a lab of their own."""
    own = "import pytest\n@pytest.fixture\ndef lab(): return 7\ndef test_a(lab): assert lab == 7"
    pytester.makepyfile(own)
    pytester.runpytest("-q").assert_outcomes(passed=1)


def test_the_fixtures_are_there_whatever_was_imported_before(pytester: pytest.Pytester) -> None:
    """Modules of the plugin take no fixture's name."""
    pytester.makepyfile(SECOND)
    done = pytester.runpytest("--fixtures", "-q")
    done.stdout.fnmatch_lines(["lab *module scope* -- *", "*running lab*"])


SUITE = """
import pytest
from lvslab import pytest_plugin
from lvslab.pytest_plugin.suite import Suite

TOLD = []

class Lab:
    def __init__(self, name):
        self.name, self.is_as_verified = name, True
    def reset(self):
        TOLD.append(f"reset {self.name}")
        self.is_as_verified = True
    def put_back(self):
        if not self.is_as_verified:
            self.reset()
    def disconnect(self): ...

class Made(Suite):
    def raise_once(self, lab): return 0
    def enter_once(self): ...
    def take_away(self): ...
    def _become(self, wanted):
        TOLD.append(f"become {wanted}")
        return Lab(wanted)

def pytest_configure(config):
    config.stash[pytest_plugin.SUITE] = Made(config.getoption("lvslab_name"), False)

def pytest_runtest_call(item):
    TOLD.append(item.name)

def pytest_unconfigure():
    print("TOLD:", ", ".join(TOLD))

@pytest.fixture
def restored(lab):
    yield
    lab.reset()
"""


def told(pytester: pytest.Pytester, *options: str, **files: str) -> str:
    """Return what became of labs in a session, in order, where no machine is."""
    pytester.makeconftest(SUITE)
    pytester.makepyfile(**files)
    [line] = [each for each in pytester.runpytest("-q", *options).outlines if each.startswith("TOLD: ")]
    return line.removeprefix("TOLD: ")


def on(lab: str, *tests: str, restore: str = "module") -> str:
    """Return the text of a module on a lab."""
    bodies = [f"def {test}: ..." for test in tests]
    return "\n".join(["import pytest", f"pytestmark = pytest.mark.lab('{lab}', restore='{restore}')", *bodies])


def test_a_lab_is_put_back_for_the_next_module_and_not_for_another_lab(pytester: pytest.Pytester) -> None:
    """What nobody will find is not mended; the machines of another lab begin from where they had booted."""
    files = {"test_1": on("a", "test_1(lab)"), "test_2": on("a", "test_2(lab)"), "test_3": on("b", "test_3(lab)")}
    assert told(pytester, **files) == "become a, test_1, reset a, test_2, become b, test_3"


def test_a_lab_that_somebody_else_has_is_put_back_in_the_end(pytester: pytest.Pytester) -> None:
    """It was as verified before the session, and is so after it."""
    assert told(pytester, "--lvslab-name=mine", test_1=on("a", "test_1(lab)")) == "become a, test_1, reset a"


def test_a_lab_that_a_fixture_has_put_back_is_as_verified(pytester: pytest.Pytester) -> None:
    """Neither the module nor the marker does it once more."""
    files = {"test_1": on("a", "test_1(lab, restored)"), "test_2": on("a", "test_2(restored)", restore="test")}
    assert told(pytester, "--lvslab-name=mine", **files) == "become a, test_1, reset a, test_2, reset a"


def test_a_module_that_only_looks_leaves_the_lab_as_it_is(pytester: pytest.Pytester) -> None:
    """restore="never"; the next one finds it so."""
    files = {"test_1": on("a", "test_1(lab)", restore="never"), "test_2": on("a", "test_2(lab)", restore="test")}
    assert told(pytester, **files) == "become a, test_1, test_2, reset a"
