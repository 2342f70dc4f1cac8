"""People who sign in: holders of lines and staff."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    id = models.UUIDField(primary_key=True)
    phone = models.CharField(max_length=16, blank=True)  # E.164
    language = models.CharField(max_length=16, default="en")
    zone = models.CharField(max_length=40, default="Asia/Tokyo")
