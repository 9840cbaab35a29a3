"""Dates: one date column as scaled days."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from trainer.data.columns import Column
from trainer.data.inputs.number import REFUSED, NumberEncoder
from trainer.data.inputs.settings import normalisation
from trainer.data.spec import Arrays, describe_type
from trainer.errors import UserError

EPOCH = datetime(1970, 1, 1)  # without a zone, as dates in tables are
DAY_SECONDS = 86_400


class DateEncoder(NumberEncoder):
    """One date column as days since 1970, scaled, and a 0/1 flag if values are missing. -> float32 [1 or 2]

    A date is read in the format of its column, else in ISO 8601.
    """

    kinds = ("date",)
    settings = (normalisation("standardise", "range"),)
    single = True

    def __init__(self, columns: Sequence[str], *, format: str, **fields: Any) -> None:
        super().__init__(columns, **fields)
        self._format = format

    @classmethod
    def fit(cls, columns: Sequence[Column], settings: Mapping[str, Any], arrays: Arrays) -> Self:
        fields = cls.fit_fields(columns, settings, arrays)
        return cls([columns[0].name], format=columns[0].facts["format"], **fields)

    def to_json(self) -> dict[str, Any]:
        return super().to_json() | {"format": self._format}

    def value_schema(self, column: str) -> dict[str, Any]:
        example = (EPOCH + timedelta(days=float(self._median[0]))).strftime(self._format)
        return {"type": ["string", "null"] if self._any_flag else "string", "example": example}

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str):
            return super()._read(value) if value is None else REFUSED
        try:
            moment = datetime.strptime(value, self._format)
        except ValueError:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return REFUSED
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return (moment - EPOCH).total_seconds() / DAY_SECONDS

    def _wrong_type(self, value: Any, name: str, path: str) -> UserError:
        received = repr(value)[:40] if isinstance(value, str) else describe_type(value)
        return UserError("value.not_a_date", path=path, column=name, received=received)
