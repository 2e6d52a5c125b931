"""The maskers that are measured: ours, as the product drives it, and peers that look at each message by itself."""

import importlib
import logging
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatmarket.mask import known_values
from chatmarket.privacy.conversation import converse

Place = tuple[int, int]
LOCALES = {"en": "en_US", "es": "es_ES"}


@dataclass(frozen=True, slots=True)
class Said:
    """A message, with the places of its values by kind, and of what may be masked or not."""

    author: str
    text: str
    values: Sequence[tuple[int, int, str]] = ()
    neutral: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages in order, in one language; `known` are values that a brand knew beforehand, by kind.

    `attack` is what a conversation of the attackers' list tries; "none" is harmless and looks like one.
    """

    turns: Sequence[Said]
    language: str
    known: dict[str, Any] = field(default_factory=dict)
    attack: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was hidden of one message when all had been said, and the CPU time it took, in microseconds."""

    hidden: Sequence[Place]
    cpu_us: float


Masker = Callable[[Conversation], list[Seen]]
Finder = Callable[[str, str], Iterable[Place]]


def ours(conversation: Conversation, known: bool = False) -> list[Seen]:
    """Chatmarket's own, from message to message with what was said before."""
    given = known_values(conversation.known) if known else ()
    said = [(turn.author, turn.text) for turn in conversation.turns]
    shown = converse(said, given, conversation.language, clock=time.thread_time_ns)
    return [Seen([(span.start, span.end) for span in one.spans], one.spent / 1000) for one in shown]


def with_known(conversation: Conversation) -> list[Seen]:
    return ours(conversation, known=True)


def alone(find: Finder) -> Masker:
    """A masker that knows one message at a time."""

    def seen(conversation: Conversation) -> list[Seen]:
        return [_timed(find, turn.text, conversation.language) for turn in conversation.turns]

    return seen


def _timed(find: Finder, text: str, language: str) -> Seen:
    began = time.thread_time_ns()
    hidden = list(find(text, language))
    return Seen(hidden, (time.thread_time_ns() - began) / 1000)


def maskers() -> Iterator[tuple[str, Masker | str]]:
    """All maskers by name; for a peer that is not installed, why it is left out."""
    yield "**Chatmarket**", ours
    yield "**Chatmarket, values known**", with_known
    for name, build in (("Presidio, blank spaCy", _presidio), ("scrubadub", _scrubadub), ("datafog", _datafog)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                logging.disable(logging.CRITICAL)
                yield name, alone(build())
        except ImportError as missing:
            yield name, f"skipped: {missing}"


def _presidio() -> Finder:
    """Its patterns, checks and context words, without a model for names: a pipeline that only parts words."""
    analyzer, spacy = importlib.import_module("presidio_analyzer"), importlib.import_module("spacy")
    languages = list(LOCALES)
    registry = analyzer.RecognizerRegistry(supported_languages=languages)
    registry.load_predefined_recognizers(languages=languages)
    models = [{"lang_code": language, "model_name": "blank"} for language in languages]
    pipeline = importlib.import_module("presidio_analyzer.nlp_engine").SpacyNlpEngine(models=models)
    pipeline.nlp = {language: spacy.blank(language) for language in languages}
    engine = analyzer.AnalyzerEngine(nlp_engine=pipeline, registry=registry, supported_languages=languages)

    def find(text: str, language: str) -> Iterable[Place]:
        return ((found.start, found.end) for found in engine.analyze(text, language=language))

    return find


def _scrubadub() -> Finder:
    scrubadub = importlib.import_module("scrubadub")
    scrubbers = {language: scrubadub.Scrubber(locale=locale) for language, locale in LOCALES.items()}

    def find(text: str, language: str) -> Iterable[Place]:
        return ((found.beg, found.end) for found in scrubbers[language].iter_filth(text))

    return find


def _datafog() -> Finder:
    datafog = importlib.import_module("datafog")

    def find(text: str, _: str) -> Iterable[Place]:
        return ((found.start, found.end) for found in datafog.scan(text).entities)

    return find
