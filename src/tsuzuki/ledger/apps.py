from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tsuzuki.ledger"
    label = "ledger"
