"""Starts everything: the one settings file, URLs, WSGI."""
