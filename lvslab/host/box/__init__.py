"""The box: a Debian system with all that the roles need, built here from Debian's packages."""

from lvslab.host.box.cache import Box, build, cached, remove

__all__ = ["Box", "build", "cached", "remove"]
