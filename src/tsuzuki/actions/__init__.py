"""What can be done: every write, by its verb.

Each is one durable transaction, or a row of them with the asking in between.
"""
