"""What a drill asks the watch for."""

import pytest

from lvslab.drill.runner import wishes
from lvslab.model import parse_drill

HEAD = "drill: made\ntitle: Made\nfor: 10\n"


@pytest.mark.parametrize(("probe", "service"), [("", ""), ("probe: {service: flows}\n", "flows")])
def test_the_service_that_a_drill_names_is_the_one_that_is_asked(probe: str, service: str) -> None:
    """Without a name the watch chooses."""
    assert wishes(parse_drill(HEAD + probe)).service == service
