"""All tables except the ledger's, one file per noun.

Models hold fields, constraints and nothing that decides or writes.
"""
