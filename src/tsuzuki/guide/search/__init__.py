"""What the search finds, as documents and as the index of the exported site."""
