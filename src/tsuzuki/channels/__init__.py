"""Whoever carries words to a person: one folder per channel."""
