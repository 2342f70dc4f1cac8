"""The road of an order: quote, accept, advance; the files are the verbs."""
