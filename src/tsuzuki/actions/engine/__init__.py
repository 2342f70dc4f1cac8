"""Asking providers: attempts and leases, questions and answers, events. It knows nothing about selling."""
