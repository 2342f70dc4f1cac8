"""Who may do what, and how often: staff, API keys, rate limits, kept answers."""
