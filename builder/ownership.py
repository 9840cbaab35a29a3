"""What every stored object of a person has in common: an id, an owner, and one way to be reached."""

from typing import Self

import uuid_utils.compat as uuid_utils
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import models


def new_id():
    """A UUIDv7: sorts by time of creation."""
    return uuid_utils.uuid7()


class OwnedQuerySet(models.QuerySet):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The rows `user` may see. Every read starts here; what is not in it answers 404."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(**{self.model.owner_path: user})


class Owned(models.Model):
    """An object with an owner of its own. Children name the path to theirs in `owner_path` ("project__owner")."""

    owner_path = "owner"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
