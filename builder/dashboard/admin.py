"""Everything an operator may look at, and what is done from here: cancel, queue again, revoke, take offline."""

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from builder.accounts.models import Invite, Token, User
from builder.accounts.services import token_revoke
from builder.dashboard.texts import say
from builder.datasets.models import Dataset, DatasetVersion
from builder.deployments.models import Deployment, DeploymentVersion, Key
from builder.deployments.services import deployment_update, key_revoke
from builder.projects.models import Project
from builder.runs.models import Run, Worker
from builder.runs.services import run_cancel, run_put_first, run_requeue
from trainer.errors import UserError

admin.site.unregister(Group)

STATE_LABELS = {
    "queued": "info",
    "running": "info",
    "paused": "warning",
    "succeeded": "success",
    "failed": "danger",
    "cancelled": "warning",
    "live": "success",
    "offline": "warning",
    "ready": "success",
    "ingesting": "info",
    "exporting": "info",
}


class Shown(ModelAdmin):
    """Rows to read: nothing is added or edited here, since the application's own services write them."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        """Actions ask for this permission; the forms stay read-only."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def apply(self, request: HttpRequest, queryset: QuerySet, service, name: str) -> None:
        """Run `service(name=row)` for each row; tell how many went through and why the others did not."""
        changed = 0
        for row in queryset:
            try:
                service(**{name: row})
                changed += 1
            except UserError as error:
                self.message_user(request, f"{row}: {error.message(request.LANGUAGE_CODE)}", messages.ERROR)
        if changed:
            self.message_user(request, say("done", count=changed), messages.SUCCESS)


@admin.register(User)
class UserAdmin(Shown):
    list_display = ["email", "name", "is_superuser", "is_active", "date_joined", "last_login"]
    list_filter = ["is_active", "is_superuser"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "language", "is_active", "is_staff", "is_superuser", "date_joined", "last_login"]


@admin.register(Invite)
class InviteAdmin(Shown):
    list_display = ["email", "invited_by", "created_at", "expires_at", "accepted_at"]
    search_fields = ["email"]
    fields = list_display


@admin.register(Token)
class TokenAdmin(Shown):
    list_display = ["name", "prefix", "user", "created_at", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "prefix", "user__email"]
    fields = list_display
    actions = ["revoke"]

    @action(description=say("revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, token_revoke, "token")


@admin.register(Project)
class ProjectAdmin(Shown):
    list_display = ["name", "owner", "dataset_version", "graph_revision", "created_at", "updated_at"]
    list_select_related = ["owner", "dataset_version__dataset"]
    search_fields = ["name", "owner__email"]
    fields = list_display


@admin.register(Dataset)
class DatasetAdmin(Shown):
    list_display = ["name", "owner", "num_versions", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email"]
    fields = ["name", "owner", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(num_versions=Count("versions"))

    @display(description=say("versions"), ordering="num_versions")
    def num_versions(self, row: Dataset) -> int:
        return row.num_versions


@admin.register(DatasetVersion)
class DatasetVersionAdmin(Shown):
    list_display = ["dataset", "number", "state", "created_at"]
    list_select_related = ["dataset"]
    list_filter = ["status"]
    search_fields = ["dataset__name"]
    fields = ["dataset", "number", "status", "storage_key", "created_at"]

    @display(description=say("state"), label=STATE_LABELS)
    def state(self, row: DatasetVersion) -> str:
        return row.status


@admin.register(Run)
class RunAdmin(Shown):
    list_display = [
        "number",
        "project",
        "owner",
        "state",
        "progress",
        "attempts",
        "worker",
        "created_at",
        "finished_at",
    ]
    list_select_related = ["project", "owner", "worker"]
    list_filter = ["status", "created_at"]
    search_fields = ["project__name", "owner__email", "name"]
    fields = [
        "project", "number", "owner", "status", "requested", "fence", "lease_until", "worker", "attempts", "step",
        "num_steps", "epoch", "parent", "config", "frozen", "summary", "error", "created_at", "started_at",
        "finished_at",
    ]  # fmt: skip
    actions = ["cancel", "requeue", "put_first"]

    @display(description=say("state"), label=STATE_LABELS)
    def state(self, row: Run) -> str:
        return row.status

    @display(description=say("steps"))
    def progress(self, row: Run) -> str:
        return f"{row.step:,} / {row.num_steps:,}" if row.num_steps else "–"

    @action(description=say("cancel"), permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, run_cancel, "run")

    @action(description=say("requeue"), permissions=["change"])
    def requeue(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, run_requeue, "run")

    @action(description=say("put_first"), permissions=["change"])
    def put_first(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, run_put_first, "run")


@admin.register(Worker)
class WorkerAdmin(Shown):
    list_display = [
        "hostname",
        "pid",
        "device",
        "num_slots",
        "num_threads",
        "memory_bytes",
        "heartbeat_at",
        "started_at",
    ]
    fields = [*list_display, "used_memory_bytes"]


@admin.register(Deployment)
class DeploymentAdmin(Shown):
    list_display = ["slug", "name", "owner", "project", "status", "active_version", "created_at"]
    list_select_related = ["owner", "project", "active_version__deployment"]
    list_filter = ["state"]
    search_fields = ["slug", "name", "owner__email"]
    fields = ["slug", "name", "owner", "project", "state", "active_version", "created_at", "updated_at"]
    actions = ["take_offline", "take_online"]

    @display(description=say("state"), label=STATE_LABELS)
    def status(self, row: Deployment) -> str:
        return row.state

    @action(description=say("take_offline"), permissions=["change"])
    def take_offline(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, _take_offline, "deployment")

    @action(description=say("take_online"), permissions=["change"])
    def take_online(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, _take_online, "deployment")


@admin.register(DeploymentVersion)
class DeploymentVersionAdmin(Shown):
    list_display = ["deployment", "number", "state", "runtime", "size_bytes", "created_at", "ready_at"]
    list_select_related = ["deployment"]
    list_filter = ["status", "runtime"]
    search_fields = ["deployment__slug"]
    fields = [
        "deployment",
        "number",
        "status",
        "runtime",
        "run",
        "metrics",
        "report",
        "error",
        "created_at",
        "ready_at",
    ]

    @display(description=say("state"), label=STATE_LABELS)
    def state(self, row: DeploymentVersion) -> str:
        return row.status


@admin.register(Key)
class KeyAdmin(Shown):
    list_display = ["name", "prefix", "owner", "usable", "created_at", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["owner"]
    search_fields = ["name", "prefix", "owner__email"]
    fields = ["name", "prefix", "owner", "deployments", "created_at", "last_used_at", "expires_at", "revoked_at"]
    actions = ["revoke"]

    @display(description=say("usable"), boolean=True)
    def usable(self, row: Key) -> bool:
        return row.is_usable

    @action(description=say("revoke"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        self.apply(request, queryset, key_revoke, "key")


def _take_offline(*, deployment: Deployment) -> None:
    deployment_update(deployment=deployment, state=Deployment.State.OFFLINE)


def _take_online(*, deployment: Deployment) -> None:
    deployment_update(deployment=deployment, state=Deployment.State.LIVE)
