"""A form as a browser without scripts holds it: its fields are read from the page, changed, and sent as they stand."""

from html.parser import HTMLParser
from typing import Any


class _Fields(HTMLParser):
    """Names and values of one form's fields, in the order of the page, repeated names included."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form, self._inside = form, False
        self._text: str | None = None  # the name of the text area we are in
        self._choice = ""
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = self._inside or (tag == "form" and given.get("id") == self._form)
        if not self._inside or ("name" not in given and tag != "option"):
            return
        match tag:
            case "input" if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.found.append((given["name"], given.get("value", "")))
            case "textarea":
                self._text = given["name"]
                self.found.append((given["name"], ""))
            case "select":
                self._choice = given["name"]
            case "option" if "selected" in given:
                self.found.append((self._choice, given["value"]))

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"
        self._text = None if tag == "textarea" else self._text

    def handle_data(self, text: str) -> None:
        if self._text is not None:
            name, had = self.found[-1]
            # The line end after the tag belongs to the markup.
            self.found[-1] = (name, had + (text if had else text.removeprefix("\n")))


def fields_of(page: str, form: str) -> dict[str, list[str]]:
    """What the form of this id would send, were its button pressed now: values by name, without its token."""
    reader = _Fields(form)
    reader.feed(page)
    fields: dict[str, list[str]] = {}
    for name, value in reader.found:
        fields.setdefault(name, []).append(value)
    fields.pop("csrf", None)
    return fields


def changed(fields: dict[str, list[str]], **values: Any) -> dict[str, list[str]]:
    """The fields with others in their place: one value, or a list of them; `_` in a name stands for `-`."""
    lists = {name.replace("_", "-"): value if isinstance(value, list) else [value] for name, value in values.items()}
    return {**fields, **lists}
