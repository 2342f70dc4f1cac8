"""Asking providers: attempts and their leases, questions and answers, events. It knows no sale."""
