"""Money that is ours to keep: credit, vouchers, accounts of resellers, revenue, and
whether the books hold.
"""
