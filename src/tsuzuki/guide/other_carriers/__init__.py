"""What to do about a line that is not ours: pages by company and by what happened, and APN values."""
