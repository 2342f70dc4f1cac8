"""Reads a message that a carrier sent (SMS, mail): which days and sums it names and what for."""
