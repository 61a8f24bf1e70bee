"""The templates of the files that roles write."""

from functools import cache

import jinja2


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("provision"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # configuration files, not HTML; the model lets no odd character through
    )


def render(name: str, **values: object) -> str:
    """Return a template filled in."""
    return _environment().get_template(name).render(**values)
