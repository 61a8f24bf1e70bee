"""Watch a lab: prober, capture, samplers, load. All of it becomes events of one history."""
