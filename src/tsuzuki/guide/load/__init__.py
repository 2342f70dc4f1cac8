"""Reads guide/data and the vocabulary into values, and tells how old and how sure each is."""
