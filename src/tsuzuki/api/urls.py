from django.urls import path

from . import webhooks

urlpatterns = [
    path("webhooks/carriers/<slug:carrier>", webhooks.from_carrier),
    path("webhooks/<slug:provider>", webhooks.from_gateway),
]
