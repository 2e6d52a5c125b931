"""When an exam that was not passed may be sat again: there is a pause between two attempts, and a most in a year."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chatmarket.errors import N_
from chatmarket.models import Account, Attempt, AttemptState, Exam

A_YEAR = timedelta(days=365)


async def earlier(account: Account, exam: Exam, now: datetime) -> list[Attempt]:
    """This expert's attempts of the last year in the brand and language, whatever the version, oldest first: also the
    passed ones, for who passed without one of their topics would else try that one at once."""
    same = Attempt.filter(expert_id=account.id, exam__brand_id=exam.brand_id, exam__language=exam.language)
    over = (AttemptState.PASSED, AttemptState.FAILED)
    sat = await same.filter(state__in=over, case_id=None, began_at__gt=now - A_YEAR).order_by("began_at")
    return [one for one in sat if one.reasons.get("why") != "nothing"]


def opens_at(exam: Exam, sat: Sequence[Attempt]) -> datetime | None:
    """From when the next attempt is possible, by the attempts of the last year; None when there were none."""
    if len(sat) >= exam.attempts:
        return sat[-exam.attempts].began_at + A_YEAR
    over = [one.decided_at or one.began_at for one in sat]
    return max(over) + timedelta(days=exam.pause_days) if over else None


def refusal(exam: Exam, sat: Sequence[Attempt], now: datetime) -> tuple[str, dict[str, Any]]:
    """Why there is no next attempt yet, as a sentence and its values; an empty sentence when there is."""
    at = opens_at(exam, sat)
    if at is None or at <= now:
        return "", {}
    day = at.date().isoformat()
    if len(sat) >= exam.attempts:
        used = N_("You have used your %(attempts)s attempts of this year. The next is open from %(day)s.")
        return used, {"attempts": exam.attempts, "day": day}
    return N_("There is a pause between two attempts. The next is open from %(day)s."), {"day": day}
