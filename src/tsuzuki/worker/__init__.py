"""Time and the queue: wakes actions; decides nothing."""
