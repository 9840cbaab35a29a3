"""Text to tokens and back: tokenizers fitted on training rows, by the library of that name."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, Self

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

Unit = Literal["words", "subwords", "characters"]
PAD: Final = 0  # fills up a text that is shorter than others
UNKNOWN: Final = 1  # a token that the vocabulary lacks
END: Final = 2  # where a text ends and another begins
SPECIAL: Final = ("<pad>", "<unknown>", "<end>")
USUAL_SIZES: Final = {"words": 10_000, "subwords": 4_096, "characters": 256}
LEAST_SUBWORDS: Final = 256 + len(SPECIAL)  # each byte is one, so that no text is unknown
AT_ONCE: Final = 1_000  # texts


class Vocabulary:
    """The known tokens and how a text is cut into them. Immutable; safe to use from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.encode_special_tokens = True  # a text that holds "<end>" does not end there
        self._tokenizer = tokenizer

    @classmethod
    def fit(cls, unit: Unit, size: int, texts: Iterator[str]) -> Self:
        """At most `size` tokens, the most frequent of `texts`, which are gone through once."""
        tokenizer, trainer = _TRAINED[unit](size)
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)

    @classmethod
    def from_json(cls, data: Any) -> Self:
        return cls(Tokenizer.from_str(json.dumps(data)))

    def to_json(self) -> Any:
        return json.loads(self._tokenizer.to_str())

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text."""
        return [found.ids for found in self._tokenizer.encode_batch_fast(texts)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of `tokens`; fillers and ends are left out."""
        return str(self._tokenizer.decode(list(tokens), skip_special_tokens=True))


def usual_size(unit: str) -> int:
    return USUAL_SIZES[unit]


def _words(size: int) -> tuple[Tokenizer, Any]:
    """Words in lower case and punctuation marks; each Chinese character is a word. What is met once is unknown."""
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL[UNKNOWN]))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer, _word_trainer(size, min_frequency=2)


def _subwords(size: int) -> tuple[Tokenizer, Any]:
    """Pairs of pieces are joined, the most frequent first, beginning with single bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    return tokenizer, trainer


def _characters(size: int) -> tuple[Tokenizer, Any]:
    tokenizer = Tokenizer(models.WordLevel(unk_token=SPECIAL[UNKNOWN]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    tokenizer.decoder = decoders.Fuse()
    return tokenizer, _word_trainer(size, min_frequency=1)


def _word_trainer(size: int, *, min_frequency: int) -> Any:
    return trainers.WordLevelTrainer(
        vocab_size=size, min_frequency=min_frequency, special_tokens=list(SPECIAL), show_progress=False
    )


_TRAINED: Final = {"words": _words, "subwords": _subwords, "characters": _characters}
