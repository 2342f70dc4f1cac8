"""The demo: one whole operator on this machine, what it sells, its lines, and a tour."""
