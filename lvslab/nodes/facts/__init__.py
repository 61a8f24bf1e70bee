"""Facts: pure parsers of what programs on a node print."""
