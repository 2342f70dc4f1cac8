"""How the claims are laid out for readers: chapters, what happened to people, ways to pay, cards to show."""
