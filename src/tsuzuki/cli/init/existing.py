"""What is set up already."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from tsuzuki.cli import settings_file
from tsuzuki.core.brand import Brand

from .answers import wrong


@dataclass(frozen=True, slots=True)
class ExistingSetup:
    """settings.env, and of the database what questions and answers turn on."""

    settings: Mapping[str, str] = field(default_factory=dict)
    brand: Brand | None = None
    carriers: int = 0
    owners: int = 0

    @property
    def is_real(self) -> bool:
        return (
            self.brand is not None
            and (self.settings.get("TSUZUKI_SANDBOX") or os.environ.get("TSUZUKI_SANDBOX")) == "0"
        )


def read_existing() -> ExistingSetup:
    from django.db import ProgrammingError

    from tsuzuki.actions.installation import secret_mark
    from tsuzuki.core.staff import Role
    from tsuzuki.records import models, queries

    old = settings_file.read(settings_file.data_folder())
    try:
        if not models.Operator.objects.exists():
            return ExistingSetup(old)
        if secret_mark.others() or secret_mark.missing():
            raise wrong("TSUZUKI_SECRET is another than this database was filled with; set it as it was")
        owners = models.Staff.objects.filter(role=Role.OWNER, left_at=None)
        return ExistingSetup(old, queries.brand(), models.Carrier.objects.count(), owners.count())
    except ProgrammingError:  # no tables yet
        return ExistingSetup(old)
