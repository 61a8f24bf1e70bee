"""A lab as a picture: Mermaid for Markdown, DOT for Graphviz, SVG for everything else.

All three are pure functions from a lab, and optionally its state, to text; the same input gives the same
bytes.
"""

from lvslab.report.graph.dot_text import dot
from lvslab.report.graph.drawing import svg
from lvslab.report.graph.mermaid_text import mermaid
from lvslab.report.graph.view import GraphState

__all__ = ["GraphState", "dot", "mermaid", "svg"]
