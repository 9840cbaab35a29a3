"""Code that asks a deployment for a prediction, with a real row in it, ready to be pasted once the key is put in."""

import json
import shlex
from typing import Any

from builder.deployments.examples import example_instance, sample_rows
from builder.deployments.models import Deployment, DeploymentVersion
from builder.deployments.serializers import predict_url
from builder.files import local_folder
from trainer.errors import UserError
from trainer.serving.runtime import Bundle

KEY_PLACE = "YOUR_KEY"

CURL = """curl {url} \\
  -H 'Authorization: Bearer {key}' \\
  -H 'Content-Type: application/json' \\
  -d {body}"""

PYTHON = """import json
from urllib.request import Request, urlopen

KEY = "{key}"
instances = json.loads(r'''{instances}''')
request = Request(
    "{url}",
    data=json.dumps({{"instances": instances}}).encode(),
    headers={{"Authorization": "Bearer " + KEY, "Content-Type": "application/json"}},
)
answer = json.load(urlopen(request))
print(answer["predictions"][0])"""

JAVASCRIPT = """const key = "{key}";
const instances = {instances};
const response = await fetch("{url}", {{
  method: "POST",
  headers: {{ Authorization: `Bearer ${{key}}`, "Content-Type": "application/json" }},
  body: JSON.stringify({{ instances }}),
}});
const answer = await response.json();
console.log(answer.predictions[0]);"""


def snippets(*, deployment: Deployment, version: DeploymentVersion) -> dict[str, str]:
    """`curl`, `python` and `javascript`. `YOUR_KEY` stands where the key goes: stored keys cannot be shown."""
    instances = [_instance(version)]
    url = predict_url(deployment)
    return {
        "curl": CURL.format(url=url, key=KEY_PLACE, body=shlex.quote(_json({"instances": instances}))),
        "python": PYTHON.format(url=url, key=KEY_PLACE, instances=_json(instances)),
        "javascript": JAVASCRIPT.format(url=url, key=KEY_PLACE, instances=_json(instances)),
    }


def _instance(version: DeploymentVersion) -> dict[str, Any]:
    try:
        return sample_rows(version=version, count=1)[0]["instance"]
    except (UserError, OSError, IndexError):
        return example_instance(Bundle.load(local_folder(version.storage_key)))


def _json(value: object) -> str:
    """Compact, and in ASCII: no quote or letter of a data set can end the literal that it stands in."""
    return json.dumps(value).replace("'", "\\u0027")
