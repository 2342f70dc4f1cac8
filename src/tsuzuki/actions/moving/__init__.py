"""Moving in from an old system: its export read by a map, what its lines bring along taken over,
both systems compared.
"""
