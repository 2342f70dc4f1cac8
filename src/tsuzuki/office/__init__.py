"""The back office: lists by django-unfold, pages and forms of our own, every write through `actions`."""
