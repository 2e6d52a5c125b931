"""What a glance at a draft tells of it, for the browser that it is written in: few, cheap and sure.

Nothing depends on them: what is hidden is decided by `mask`, and nothing typed leaves the browser for this. They are in
JavaScript's syntax, try nothing twice over, and hold no word of any language.
"""

from dataclasses import dataclass

from chatmarket.privacy.segments import Kind


@dataclass(frozen=True, slots=True)
class Glance:
    """What looks like `kind`. `check` is a sum that its digits must pass: `luhn`, `mod97` or `mod23`."""

    kind: Kind
    pattern: str
    check: str = ""


# What an earlier one has found is no longer there for a later one: an IBAN's digits are no telephone number.
GLANCES = (
    Glance(Kind.EMAIL, r"[^\s@]{1,64}@[^\s@]{1,190}\.[a-z]{2,24}"),
    Glance(Kind.URL, r"\b(?:https?://|www\.)[^\s.]{1,190}(?:\.[^\s.]{1,190})*"),
    Glance(Kind.IBAN, r"\b[a-z]{2}[0-9]{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?\b", "mod97"),
    Glance(Kind.IBAN, r"\b[a-z]{2}[0-9]{2}(?: ?[0-9]{4}){3,7}(?: ?[0-9]{1,3})?\b"),
    Glance(Kind.IP, r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})\b"),
    Glance(Kind.SSN, r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b"),
    Glance(Kind.DNI, r"\b(?:[xyz][ .-]?[0-9]{7}|[0-9]{8}|[0-9]{2}\.[0-9]{3}\.[0-9]{3})[ .-]?[a-z]\b", "mod23"),
    Glance(Kind.CARD, r"\b[0-9](?:[ .-]?[0-9]){12,18}\b", "luhn"),
    Glance(Kind.PHONE, r"(?:\+|\b00)[1-9][0-9]{0,2}(?:[ .()-]{0,2}[0-9]){6,12}\b"),
    Glance(Kind.PHONE, r"\(?\b[0-9]{3}\)?[ -]?(?:[0-9]{3}[ -][0-9]{3,4}|[0-9]{2}[ -][0-9]{2}[ -][0-9]{2})\b"),
    Glance(Kind.PHONE, r"\b0[0-9]{2,4}[ -][0-9]{3,4}[ -]?[0-9]{3,4}\b"),
    Glance(Kind.PHONE, r"\b[6-9][0-9]{8}\b"),
    Glance(Kind.NUMBER, r"\b[0-9]{7,}\b(?! ?[€$£%])"),
)
