"""Every sentence a person can be told by the trainer or the application, by code, in both languages.

A code is ``area.reason``. The templates take keyword fields; what is missing in a call is our own mistake and raises.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in English and Simplified Chinese. `{fields}` are filled by `str.format`."""

    en: str
    zh: str

    def render(self, language: str = "en", /, **fields: object) -> str:
        template = self.zh if language.startswith("zh") else self.en
        return template.format(**fields)


_REGISTRY: dict[str, Text] = {}


def register_messages(area: str, texts: Mapping[str, Text]) -> None:
    """Add the messages of one area. `area` is the first part of each code; a code given twice is a mistake."""
    for reason, text in texts.items():
        code = f"{area}.{reason}"
        if _REGISTRY.setdefault(code, text) != text:
            raise ValueError(f"message {code} is registered twice")


def render_message(code: str, language: str = "en", /, **fields: object) -> str:
    """The sentence of `code` in `language` ("en" or "zh", also "zh-hans")."""
    return _REGISTRY[code].render(language, **fields)


def registered_codes() -> tuple[str, ...]:
    return tuple(sorted(_REGISTRY))
