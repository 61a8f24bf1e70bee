"""The machine that carries the lab: what it can do, namespaces, box, machines, networks, snapshots."""
