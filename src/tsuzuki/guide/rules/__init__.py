"""The dates of each brand: what its deadline rules come to, and the words for them."""
