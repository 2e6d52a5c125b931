"""What can go wrong, in the words of the person who did it.

    Problem                    status 400
    ├── Unreadable             400  the body is not what was promised
    ├── SignInFirst            401  nobody is signed in, or no longer
    ├── NotAllowed             403  signed in, but this is not theirs
    ├── NotThere               404  no such thing, or not theirs to know
    ├── TooLate                409  the world has moved on
    │   └── ClaimRefused       409  with the Refusal as its code
    ├── Wrong                  422  a field is wrong; `field` names it
    └── TooMuch                429  slow down
        └── TooOften           429  and when to come back

Texts are gettext sources: `words(problem, language)` in templating puts them into the reader's language.
"""

from collections.abc import Mapping, Sequence
from math import ceil

MOST_SECONDS_TOLD = 90


def N_(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated where the reader's language is known."""
    return text


class Problem(Exception):
    status = 400
    code = "problem"
    text = N_("That did not work.")

    def __init__(self, text: str = "", *, code: str = "", field: str | None = None, **values: object) -> None:
        self.text = text or self.text
        self.code = code or self.code
        self.field = field
        self.values: Mapping[str, object] = values
        super().__init__(self.code)


class Unreadable(Problem):
    code = "unreadable"
    text = N_("That request could not be read.")


class SignInFirst(Problem):
    status = 401
    code = "sign_in"
    text = N_("Please sign in first.")


class NotAllowed(Problem):
    status = 403
    code = "not_allowed"
    text = N_("That is not open to you.")


class NotThere(Problem):
    status = 404
    code = "not_there"
    text = N_("There is nothing here.")


class TooLate(Problem):
    status = 409
    code = "too_late"
    text = N_("That is no longer possible.")


class Wrong(Problem):
    status = 422
    code = "wrong"
    text = N_("Something in the form is not right.")
    also: Sequence["Wrong"] = ()  # what else is wrong in the same form, each with its field


class TooMuch(Problem):
    status = 429
    code = "too_fast"
    text = N_("That was too much at once. Please wait a moment and try again.")
    again_in = 0  # seconds; 0 where nobody can say


class TooOften(TooMuch):
    """Its text tells when the next try counts again: in seconds, or in minutes once they are many."""

    text = N_("That was too often in a short time. Please try again in %(wait)s s.")
    text_minutes = N_("That was too often in a short time. Please try again in %(wait)s min.")

    def __init__(self, again_in: float) -> None:
        self.again_in = max(1, ceil(again_in))
        if self.again_in > MOST_SECONDS_TOLD:
            super().__init__(self.text_minutes, wait=ceil(self.again_in / 60))
        else:
            super().__init__(wait=self.again_in)


REFUSALS = {
    "taken": N_("Another expert was quicker. There will be more."),
    "gone": N_("This question is no longer waiting."),
    "not_offered": N_("This question has not been offered to you."),
    "full": N_("You have as many live chats as you can take. End one first."),
    "paused_self": N_("You are on a break. Come back online to claim."),
    "paused_gate": N_("Offers of this brand are paused for you. Your standing explains why."),
    "blocked": N_("This brand has blocked you for now. Your standing says until when, why, and how to object."),
    "resting": N_("You let two customers wait, so you hear no offers for a while. Your lobby shows until when."),
    "unskilled": N_("You are not certified for this topic."),
    "terms_first": N_("This brand has new terms. Read and accept them under Brands first."),
    "wrong_language": N_("This question is in a language you have not listed."),
    "token_missing": N_("Claim with the button on the card: your lobby has it."),
    "token_foreign": N_("This card is not yours, or an old one. Your lobby has the card of now."),
    "token_used": N_("This card was used already. It works once."),
    "too_many_claims": N_("These were many claims in a few seconds. It still waits: try again in a moment."),
}


class ClaimRefused(TooLate):
    def __init__(self, refusal: str) -> None:
        super().__init__(REFUSALS[refusal], code=refusal)
