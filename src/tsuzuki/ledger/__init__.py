"""The double-entry ledger, append-only.

Knows accounts and amounts; knows nothing of lines, orders or people. `book` is all there is.
"""
