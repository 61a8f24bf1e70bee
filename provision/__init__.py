"""Provisioning: what each role wants of a node, and how a node is brought there.

Every change goes facts → plan → apply: facts are read from the node in one round trip, the plan is the
difference between them and the lab (pure), and apply carries the plan out as one script.
"""
