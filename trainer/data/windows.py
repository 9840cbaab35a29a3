"""The texts of a column as one row of tokens a split, cut into windows: what a network learns the next token from.

A window is `max_length` tokens and what follows each of them. The tokens of a split are stored once: its inputs are the
stream up to its last token, its targets the stream from its second, both seen as rows.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from torch import Tensor

from trainer.data.encoders import Encoders
from trainer.data.encoding import Rows, Store
from trainer.data.inputs.text import TextEncoder
from trainer.data.placement import Placement, RowSize
from trainer.data.storage import DTYPES, Key, Layout
from trainer.data.streams import num_windows, token_streams
from trainer.data.version import VersionReader
from trainer.errors import UserError

STORED_AS: Final = "int64"


class TokenWindows:
    """A row of the network is a window; each of the `outputs` learns what follows in the Input `name`."""

    def __init__(
        self, name: str, encoder: TextEncoder, outputs: Sequence[str], reader: VersionReader, rows: Rows
    ) -> None:
        """Raises UserError `data.text_too_short` where the training rows have no whole window."""
        self._name, self._outputs, self._length = name, outputs, encoder.max_length
        self._streams = token_streams(encoder, reader, rows)
        self.num_rows: Mapping[str, int] = {
            split: num_windows(tokens, self._length) for split, tokens in self._streams.items()
        }
        self.row_size = RowSize((), self._length * DTYPES[STORED_AS].itemsize)
        if not self.num_rows["train"]:
            tokens = len(self._streams["train"])
            raise UserError("data.text_too_short", column=encoder.columns[0], tokens=tokens, length=self._length)

    @classmethod
    def of(cls, encoders: Encoders, reader: VersionReader, rows: Rows) -> "TokenWindows | None":
        """None where no Output learns the next token."""
        found = encoders.whole_text
        return None if found is None else cls(*found, encoders.next_token_outputs, reader, rows)

    def layouts(self, placement: Placement) -> dict[Key, Layout]:
        return {(split, "inputs", self._name): Layout((self._num_tokens(split),), STORED_AS) for split in self.num_rows}

    def write(self, layouts: Mapping[Key, Layout], store: Store) -> None:
        for split, tokens in self._streams.items():
            store.append((split, "inputs", self._name), tokens[: self._num_tokens(split)].astype(STORED_AS))

    def tensors(self, stored: Mapping[Key, Tensor], split: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        stream = stored[split, "inputs", self._name]
        windows = stream[:-1].view(-1, self._length)
        return {self._name: windows}, {output: stream[1:].view(windows.shape) for output in self._outputs}

    def _num_tokens(self, split: str) -> int:
        """Of whole windows, and the one that follows the last."""
        return self.num_rows[split] * self._length + 1 if self.num_rows[split] else 0
