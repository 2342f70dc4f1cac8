"""Machines come in here. So far one door: what providers tell us."""
