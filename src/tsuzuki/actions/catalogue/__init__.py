"""What is sold: carriers, plans, prices, roaming tariffs, the brand, and the search over them."""
