"""How many users there are over time, besides the steady number that locust knows itself."""

STEPS = 5
USUALLY = 30.0
"""Seconds that a shape takes where nobody has said how long the load lasts."""
SPIKE = 10


def users_at(shape: str, users: int, seconds: float, elapsed: float) -> int:
    """Return how many users a shape wants at a moment.

    ``step`` comes to its number in five equal steps; ``spike`` has ten times its number in the middle third.
    """
    share = elapsed / seconds
    if shape == "step":
        return max(1, users * min(STEPS, int(share * STEPS) + 1) // STEPS)
    if shape == "spike" and 1 / 3 <= share < 2 / 3:
        return users * SPIKE
    return users
