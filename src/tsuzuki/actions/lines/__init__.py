"""Lines, their numbers and SIMs; links to them, and files of them."""
