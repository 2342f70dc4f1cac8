"""One client for all providers: time-outs, size bounds, the end of a lease.

Never a retry: a repeat is the engine's decision.
"""
