"""The secrets of this installation: whether they are the ones the database was filled with,
and how one follows another.
"""
