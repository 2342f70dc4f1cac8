"""doctor: what an installation stands on, looked at."""
