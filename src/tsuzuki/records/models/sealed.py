"""A column for secrets: sealed before it is stored, and shown nowhere by itself (core.keyring.Sealed)."""

from typing import Any

from django.db import models

from tsuzuki.core.keyring import Sealed


class SealedField(models.TextField):
    """Takes and gives `Sealed`.

    Plain text is refused, so that none is ever stored; forms and dumps of Django leave it out.
    """

    # By these names django-stubs knows what a column takes and gives; TextField says str, and a Sealed is
    # none on purpose.
    _pyi_private_set_type: Sealed  # type: ignore[assignment]
    _pyi_private_get_type: Sealed  # type: ignore[assignment]

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"editable": False, **options})

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        options.pop("editable", None)
        return name, path, args, options

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Sealed | None:
        return None if value is None else Sealed(value)

    def to_python(self, value: Any) -> Sealed | None:
        if value is None or isinstance(value, Sealed):
            return value
        raise TypeError(f"{self.name} holds what a keyring sealed, nothing else")

    def get_prep_value(self, value: Any) -> str | None:
        sealed = self.to_python(value)
        return sealed.stored if sealed else None

    def value_to_string(self, obj: models.Model) -> str:
        return ""
