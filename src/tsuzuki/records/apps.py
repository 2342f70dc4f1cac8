from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "tsuzuki.records"
    label = "records"
