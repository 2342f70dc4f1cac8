"""The HTTP client for all providers: time-outs, size limits, the end of a lease.

Never a retry: a repeat is the engine's decision.
"""
