"""Carriers: one folder per provider, values in, values out.

Deleting the folder deletes the feature.
"""
