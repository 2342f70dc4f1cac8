"""Sweep: how far in time a clean-up has come, so that each pass reads only what became old since the last."""

from django.db import models


class Sweep(models.Model):
    name = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField()
