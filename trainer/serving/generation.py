"""Text that a network goes on with, a token at a time: what a request asks for, and how each token is chosen.

language = Language.of(bundle)
prompts = language.read([{"prompt": "This tea is", "max_tokens": 20}])
running = [Continuation(language, prompt) for prompt in prompts]
while any(not one.is_over for one in running):
    advance(network, language, running)
language.answer(prompts[0], running[0].answered, running[0].has_ended)  # {"next_word": {"text": " very good.", ...}}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from trainer.data.inputs.text import TextEncoder, readable
from trainer.data.spec import describe_type, raise_problems
from trainer.data.tokens import END, PAD, UNKNOWN
from trainer.errors import UserError
from trainer.serving.runtime import Bundle, Network

MAX_PROMPT_CHARACTERS: Final = 20_000
MAX_SEED: Final = 2**32 - 1
EXAMPLE: Final = "This tea is"
# What may be left out, with its default.
LIMITS: Final[Mapping[str, Mapping[str, Any]]] = {
    "max_tokens": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
    "temperature": {"type": "number", "minimum": 0, "maximum": 5, "default": 0.8},
    "seed": {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_SEED, "default": None},
}
NEVER: Final = (PAD, UNKNOWN)  # nothing that a person could read


@dataclass(frozen=True, slots=True)
class Prompt:
    """What to go on from, and how: the likeliest token each time at a `temperature` of 0, bolder ones the higher it is.

    The same `seed` gives the same text again.
    """

    tokens: list[int]
    max_tokens: int
    temperature: float
    seed: int | None


@dataclass(frozen=True, slots=True)
class Language:
    """Where a network reads tokens and scores the next: the names of its Input and Output, and its encoder."""

    input: str
    output: str
    encoder: TextEncoder

    @classmethod
    def of(cls, bundle: Bundle) -> Self | None:
        """None where a network does not score what comes next."""
        found = bundle.encoders.whole_text
        outputs = bundle.encoders.next_token_outputs
        return cls(found[0], outputs[0], found[1]) if found is not None and outputs else None

    def schema(self) -> dict[str, Any]:
        """JSON Schema of what is asked for."""
        prompt = {
            "type": "string",
            "contentMediaType": "text/plain",
            "maxLength": MAX_PROMPT_CHARACTERS,
            "example": EXAMPLE,
        }
        properties = {"prompt": prompt, **LIMITS}
        return {"type": "object", "properties": properties, "required": ["prompt"], "additionalProperties": False}

    def answer_schema(self) -> dict[str, Any]:
        """JSON Schema of what one Output answers."""
        properties = {"text": {"type": "string"}, "num_tokens": {"type": "integer"}, "ended": {"type": "boolean"}}
        return {"type": "object", "properties": properties, "required": list(properties)}

    def read(self, instances: Any) -> list[Prompt]:
        """What each of `instances` asks for; raises `value.*` with the path of each that cannot be taken."""
        if not isinstance(instances, list) or not instances:
            raise UserError("value.no_instances", path="instances", received=describe_type(instances))
        prompts, problems = [], []
        for row, instance in enumerate(instances):
            try:
                prompts.append(self._read(instance, f"instances[{row}]"))
            except UserError as error:
                problems.append(error)
        raise_problems(problems)
        return prompts

    def answer(self, prompt: Prompt, tokens: Sequence[int], has_ended: bool) -> dict[str, Any]:
        """One prediction: the text that was added, and whether it came to an end of its own.

        It can be put right behind the prompt: what stands between words is part of it.
        """
        vocabulary = self.encoder.vocabulary
        text = vocabulary.decode([*prompt.tokens, *tokens])[len(vocabulary.decode(prompt.tokens)) :]
        return {self.output: {"text": text, "num_tokens": len(tokens), "ended": has_ended}}

    def _read(self, instance: Any, path: str) -> Prompt:
        known = ", ".join(("prompt", *LIMITS))
        if not isinstance(instance, Mapping):
            raise UserError("value.no_instances", path=path, received=describe_type(instance))
        for name in instance:
            if name != "prompt" and name not in LIMITS:
                shown = str(name)[:80]
                raise UserError("value.unknown_column", path=f"{path}.{shown}", column=shown, known=known)
        if "prompt" not in instance:
            raise UserError("value.missing_column", path=f"{path}.prompt", column="prompt", known=known)
        text = instance["prompt"]
        if not isinstance(text, str):
            raise UserError("value.not_a_text", path=f"{path}.prompt", column="prompt", received=describe_type(text))
        if len(text) > MAX_PROMPT_CHARACTERS:
            limit = MAX_PROMPT_CHARACTERS
            raise UserError("value.long_text", path=f"{path}.prompt", column="prompt", received=len(text), limit=limit)
        given = {name: _number(instance.get(name, limits["default"]), name, path) for name, limits in LIMITS.items()}
        (tokens,) = self.encoder.vocabulary.encode([readable(text)])
        return Prompt([END, *tokens], **given)


class Continuation:
    """One prompt and what was added to it so far."""

    def __init__(self, language: Language, prompt: Prompt) -> None:
        self._length = language.encoder.max_length
        self._num_known = len(language.encoder.vocabulary)
        self._prompt = prompt
        self._tokens = list(prompt.tokens)
        self._random = np.random.default_rng(prompt.seed)
        self.has_ended = False

    @property
    def answered(self) -> list[int]:
        """The tokens that were added."""
        return self._tokens[len(self._prompt.tokens) :]

    @property
    def is_over(self) -> bool:
        return self.has_ended or len(self.answered) >= self._prompt.max_tokens

    def window(self) -> tuple[np.ndarray, int]:
        """int64 [length]: the last tokens, filled up behind; and the place of the last."""
        seen = self._tokens[-self._length :]
        row = np.full(self._length, PAD, dtype=np.int64)
        row[: len(seen)] = seen
        return row, len(seen) - 1

    def take(self, scores: np.ndarray) -> None:
        """Add a token by the `scores` [tokens] of what may come next; an end is not added."""
        allowed = scores[: self._num_known].astype(np.float64)
        allowed[list(NEVER)] = -np.inf
        if not np.isfinite(allowed[END:]).any():
            raise UserError("serving.scores_not_finite", status=422)
        token = self._chosen(
            np.nan_to_num(allowed, nan=-np.inf, posinf=float(np.finfo(np.float32).max), neginf=-np.inf)
        )
        if token == END:
            self.has_ended = True
        else:
            self._tokens.append(token)

    def _chosen(self, scores: np.ndarray) -> int:
        if self._prompt.temperature == 0:
            return int(scores.argmax())
        with np.errstate(over="ignore"):  # a tiny temperature: all but the likeliest have no chance
            chances = np.exp((scores - scores.max()) / self._prompt.temperature)
        return int(self._random.choice(len(chances), p=chances / chances.sum()))


def advance(network: Network, language: Language, running: Sequence[Continuation]) -> None:
    """Add a token to each of `running` that is not over, all in one go through the network."""
    going = [one for one in running if not one.is_over]
    if not going:
        return
    windows = [one.window() for one in going]
    seen = np.stack([row for row, _ in windows])
    outputs = network.run({language.input: seen})[language.output]  # [N, length, tokens]
    for one, scores, (_, place) in zip(going, outputs, windows, strict=True):
        one.take(scores[place])


def _number(value: Any, name: str, path: str) -> Any:
    limits = LIMITS[name]
    if value is None and limits["default"] is None:
        return None
    takes = int if limits["type"] != "number" else int | float
    fits = isinstance(value, takes) and not isinstance(value, bool)
    if not fits or not limits["minimum"] <= value <= limits["maximum"]:
        expected = f"{limits['minimum']} … {limits['maximum']}"
        raise UserError(
            "value.setting_range", path=f"{path}.{name}", column=name, expected=expected, received=repr(value)[:40]
        )
    return value
