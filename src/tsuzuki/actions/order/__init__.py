"""The road of an order: quote, accept, advance, steps, repair; the files are the verbs."""
