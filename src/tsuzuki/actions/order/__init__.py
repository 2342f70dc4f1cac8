"""Carrying out orders: quote, accept, advance; each file is one verb."""
