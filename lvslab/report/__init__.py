"""What people and programs get to see: pictures of labs, and the page, the files and the lines of a run."""

from lvslab.report.write import write_all

__all__ = ["write_all"]
