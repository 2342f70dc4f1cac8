"""The search index: one row for each page or statement.

It holds nothing that is not elsewhere and is made anew as a whole.
"""

from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Lexemes(models.Field):
    """PostgreSQL's tsvector, written as its text: our own pieces with their weights, so that no server's idea
    of a word matters.
    """

    def db_type(self, connection: Any) -> str:
        return "tsvector"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::tsvector"


class SearchEntry(models.Model):
    path = models.CharField(max_length=200, unique=True)  # below «/LANGUAGE/»
    kind = models.CharField(max_length=12)
    prior = models.SmallIntegerField()  # what stands first where the words fit equally well: the higher
    names = models.JSONField()  # {language: text}
    lead = models.JSONField()
    lexemes = Lexemes()

    class Meta:
        indexes: ClassVar = [GinIndex("lexemes", name="search_lexemes")]
