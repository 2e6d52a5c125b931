"""Two languages: every sentence a person may read is in the Spanish catalogue, and nothing stale is."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from chatmarket.errors import Wrong
from chatmarket.flows import showing
from chatmarket.flows.committing import Kept
from chatmarket.privacy.segments import Kind
from chatmarket.templating import LANGUAGES, fragment, iso, translate, words

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "chatmarket/locales/es/LC_MESSAGES/messages.po"


def sentences() -> Iterator[str]:
    keywords = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    templates = extract_from_dir(
        str(ROOT / "templates"),
        [("**.html", "jinja2")],
        {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}},
        keywords=keywords,
    )
    code = extract_from_dir(str(ROOT / "chatmarket"), [("**.py", "python")], keywords=keywords)
    for _, _, message, _, _ in (*templates, *code):
        yield message if isinstance(message, str) else message[0]


def test_every_sentence_is_translated_and_none_is_stale() -> None:
    with CATALOGUE.open("rb") as source:
        catalogue = read_po(source, locale="es")
    kept = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}
    empty = [message.id for message in catalogue if message.id and (not message.string or message.fuzzy)]
    assert set(sentences()) - kept == set(), "missing in the Spanish catalogue"
    assert kept - set(sentences()) == set(), "no longer used"
    assert empty == []


def test_a_translation_keeps_the_places_of_its_values() -> None:
    place = re.compile(r"%\((\w+)\)[sd]")
    with CATALOGUE.open("rb") as source:
        for message in read_po(source, locale="es"):
            for text in message.string if isinstance(message.string, tuple) else (message.string,):
                source_text = message.id if isinstance(message.id, str) else message.id[1]
                if message.id:
                    assert set(place.findall(text)) <= set(place.findall(source_text)), text


def test_a_problem_is_told_in_the_readers_language() -> None:
    wrong = Wrong("This holds at most %(most)s characters; yours has %(length)s.", most="4,000", length="4,001")
    assert words(wrong, "en") == "This holds at most 4,000 characters; yours has 4,001."
    assert "4,001" in words(wrong, "es") and words(wrong, "es") != words(wrong, "en")
    assert translate("never heard of", "es") == "never heard of"


SAID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
SEGMENT = st.one_of(
    st.builds(lambda text: {"text": text}, SAID),
    st.builds(lambda kind, n: {"token": kind, "n": n}, st.sampled_from(list(Kind)), st.integers(1, 300)),
)


@given(
    author=st.sampled_from(["customer", "expert"]),
    language=st.sampled_from(LANGUAGES),
    cid=SAID,
    segments=st.lists(SEGMENT, min_size=1, max_size=6),
)
def test_a_message_from_its_mould_is_the_template_engines_to_the_letter(
    author: str, language: str, cid: str, segments: list[dict[str, object]]
) -> None:
    kept = Kept(7, 3, author, cid, datetime(2026, 11, 22, 9, 5, 1, 234567, UTC), segments, ())
    engines = fragment("room/_message", language, message=showing.message_view(kept))
    assert showing.message_html(kept, iso(kept.at), language) == engines


def test_what_people_write_cannot_break_out_of_the_mould() -> None:
    evil = "<b onclick='x'>\"&\ue000said\ue001"
    kept = Kept(7, 3, "customer", evil, datetime.now(UTC), [{"text": evil}], ())
    html = showing.message_html(kept, iso(kept.at), "en")
    assert "<b" not in html and "&lt;b onclick=&#39;x&#39;&gt;&#34;&amp;" in html
