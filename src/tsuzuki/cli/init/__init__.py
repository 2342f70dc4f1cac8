"""`tsuzuki init`: from an empty database to a shop that may open."""
