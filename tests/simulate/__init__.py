"""A deterministic simulation of the whole house: a seed decides whose turn it is at each statement; see
docs/decisions/0011.
"""
