"""Channels that carry messages to people: one folder per channel."""
