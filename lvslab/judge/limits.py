"""How long the prober waits: what takes longer counts as failed, so predictions have to know it."""

CONNECT = 0.1
"""Seconds from sending an attempt until its connection has to be there."""
WHOLE = 1.0
"""Seconds from sending an attempt until its answer has to be whole; the one limit of a datagram."""
