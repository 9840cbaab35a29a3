"""How unfold dresses the admin: names, colours of the product, and the side bar."""

from django.urls import reverse_lazy

from builder.dashboard.texts import say


def _item(name: str, icon: str, view: str) -> dict:
    return {"title": say(name), "icon": icon, "link": reverse_lazy(f"admin:{view}")}


def _group(name: str, *items: dict) -> dict:
    return {"title": say(name), "separator": True, "items": list(items)}


UNFOLD = {
    "SITE_TITLE": say("title"),
    "SITE_HEADER": say("title"),
    "SITE_SUBHEADER": say("header"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "lan",
    "DASHBOARD_CALLBACK": "builder.dashboard.front.dashboard",
    "BORDER_RADIUS": "6px",
    # The accent of the product (#4350d6) and its neighbours.
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 275)",
            "100": "oklch(94% .028 275)",
            "200": "oklch(88% .055 275)",
            "300": "oklch(79% .095 275)",
            "400": "oklch(68% .15 274)",
            "500": "oklch(57% .19 273)",
            "600": "oklch(50% .2 273)",
            "700": "oklch(44% .18 273)",
            "800": "oklch(37% .15 273)",
            "900": "oklch(31% .12 273)",
            "950": "oklch(22% .09 273)",
        }
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            {"items": [_item("front", "dashboard", "index")]},
            _group(
                "training",
                _item("runs", "model_training", "runs_run_changelist"),
                _item("workers", "memory", "runs_worker_changelist"),
            ),
            _group(
                "serving",
                _item("deployments", "cloud_upload", "deployments_deployment_changelist"),
                _item("versions", "history", "deployments_deploymentversion_changelist"),
                _item("keys", "key", "deployments_key_changelist"),
            ),
            _group(
                "work",
                _item("projects", "account_tree", "projects_project_changelist"),
                _item("datasets", "database", "datasets_dataset_changelist"),
            ),
            _group(
                "access",
                _item("people", "group", "accounts_user_changelist"),
                _item("invites", "mail", "accounts_invite_changelist"),
                _item("tokens", "token", "accounts_token_changelist"),
            ),
        ],
    },
}
