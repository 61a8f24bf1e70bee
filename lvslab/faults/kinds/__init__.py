"""The kinds of faults, one module for each thing that can break."""
