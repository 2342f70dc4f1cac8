"""The carrier guide as pages: what renewing means at each brand, each statement with
its source and its age.
"""
