"""The domain rules: money, identifiers, validity, orders, postings.

No Django, no clock, no network; `now` is always an argument.
"""
