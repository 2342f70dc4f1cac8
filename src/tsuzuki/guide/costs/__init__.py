"""What a month costs at each brand."""
