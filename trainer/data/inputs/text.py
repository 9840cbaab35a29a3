"""Text: one text column as tokens, a row each or the whole text cut into windows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self, cast

import numpy as np

from trainer.data.columns import Column
from trainer.data.inputs.settings import LENGTH, UNIT, VOCABULARY
from trainer.data.spec import (
    Arrays,
    InputEncoder,
    Instance,
    TensorSpec,
    bad_setting,
    describe_type,
    raise_problems,
    resolve_settings,
)
from trainer.data.tokens import END, LEAST_SUBWORDS, PAD, UNKNOWN, Unit, Vocabulary, usual_size
from trainer.errors import UserError

CHARACTERS_PER_TOKEN: Final = 64  # at most, of the texts that are read


class TextEncoder(InputEncoder):
    """One text column as the indices of its tokens. -> int64 [max_length]

    0 fills up a short text, 1 is a token that the vocabulary lacks, 2 the end of a text in a window. Of `is_whole`, the
    texts of a split are one after the other and what the network sees is any `max_length` tokens of that; else a row
    is a text. A text without a token is a single 1: a row of nothing but fillers would leave attention nothing to see.
    """

    kinds = ("text",)
    settings = (UNIT, VOCABULARY, LENGTH)
    single = True

    def __init__(
        self, columns: Sequence[str], *, vocabulary: Vocabulary, vocab_size: int, max_length: int, is_whole: bool
    ) -> None:
        self.columns = tuple(columns)
        self.vocabulary = vocabulary
        self.vocab_size = vocab_size
        self.max_length = max_length
        self.is_whole = is_whole

    @classmethod
    def spec(cls, columns: Sequence[Column], settings: Mapping[str, Any]) -> TensorSpec:
        cls.num_indices(settings)
        return TensorSpec((resolve_settings(cls.settings, settings)["max_length"],), "int64")

    @classmethod
    def num_indices(cls, settings: Mapping[str, Any]) -> int:
        """How many rows a table needs that holds a vector a token; known before anything is fitted."""
        resolved = resolve_settings(cls.settings, settings)
        size = resolved["vocab_size"] or usual_size(resolved["tokens"])
        if resolved["tokens"] == "subwords" and size < LEAST_SUBWORDS:
            raise bad_setting(VOCABULARY, size, f"{LEAST_SUBWORDS} … {VOCABULARY.maximum:g}")
        return int(size)

    @classmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        return cls.fit_texts(columns, settings, arrays[columns[0].name], is_whole=False)

    @classmethod
    def fit_texts(
        cls, columns: Sequence[Column], settings: Mapping[str, Any], texts: np.ndarray, *, is_whole: bool
    ) -> Self:
        """Fit on `texts` (objects, None where missing); `is_whole` as for the encoder."""
        resolved = resolve_settings(cls.settings, settings)
        size = cls.num_indices(settings)
        vocabulary = Vocabulary.fit(cast(Unit, resolved["tokens"]), size, (text for text in texts if text is not None))
        return cls(
            [columns[0].name],
            vocabulary=vocabulary,
            vocab_size=size,
            max_length=resolved["max_length"],
            is_whole=is_whole,
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        fields = {name: data[name] for name in ("vocab_size", "max_length", "is_whole")}
        return cls(data["columns"], vocabulary=Vocabulary.from_json(data["vocabulary"]), **fields)

    def to_json(self) -> dict[str, Any]:
        return {
            "type": "text",
            "columns": list(self.columns),
            "vocab_size": self.vocab_size,
            "max_length": self.max_length,
            "is_whole": self.is_whole,
            "vocabulary": self.vocabulary.to_json(),
        }

    @property
    def tensor_spec(self) -> TensorSpec:
        return TensorSpec((self.max_length,), "int64")

    def encode_arrays(self, arrays: Arrays) -> np.ndarray:
        return self._rows([text or "" for text in arrays[self.columns[0]].tolist()])

    def stream(self, texts: np.ndarray) -> np.ndarray:
        """int32 [tokens]: the tokens of `texts` (objects, None where missing), an end after each."""
        found = self.vocabulary.encode([text for text in texts.tolist() if text])
        return np.array([token for tokens in found for token in (*tokens, END)], dtype=np.int32)

    def encode(self, instances: Sequence[Instance]) -> np.ndarray:
        name = self.columns[0]
        problems = [
            UserError(
                "value.not_a_text", path=f"instances[{row}].{name}", column=name, received=describe_type(instance[name])
            )
            for row, instance in enumerate(instances)
            if not isinstance(instance[name], str | None)
        ]
        raise_problems(problems)
        return self._rows([readable(instance[name] or "") for instance in instances])

    def value_schema(self, column: str) -> dict[str, Any]:
        return {"type": ["string", "null"], "contentMediaType": "text/plain", "example": ""}

    def _rows(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.full((len(texts), self.max_length), PAD, dtype=np.int64)
        longest = self.max_length * CHARACTERS_PER_TOKEN  # what is behind takes time and is hardly ever reached
        for row, tokens in zip(rows, self.vocabulary.encode([text[:longest] for text in texts]), strict=True):
            kept = (tokens or [UNKNOWN])[: self.max_length]
            row[: len(kept)] = kept
        return rows


def readable(text: str) -> str:
    """`text` without the halves of characters that JSON can carry and no encoding has."""
    return text.encode("utf-8", "replace").decode()
