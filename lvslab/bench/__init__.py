"""The bench: how fast and how large a lab is, each figure beside what the same work costs without lvslab.

A figure alone says nothing: it is measured next to its peer in the same run on the same machine. Everything that
is timed runs as a process of its own, as a user would start it; what has to happen inside a lab's namespaces is in
lvslab.bench.inside.
"""

LAB = "lvs-dr"
NAME = "bench"
