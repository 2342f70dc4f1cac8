"""The carrier guide: sourced claims about how lines are renewed, each carrying its own languages, and the
rules that follow from them.
"""
