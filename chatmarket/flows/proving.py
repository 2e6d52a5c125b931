"""More than a login: whoever reveals, exports or erases has lately given their password again.

A second factor is a further word of the proof, checked in `prove` beside the password before `proved_at` is set; the
forms and the API hand over whatever they were sent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chatmarket import fields
from chatmarket.errors import N_, NotAllowed, Wrong
from chatmarket.house import House
from chatmarket.models import Login

Proof = Mapping[str, Any]  # what came along: {"password": ...}


class ProveFirst(NotAllowed):
    code = "prove_first"
    text = N_("Please give your password again: this needs more than being signed in.")


def needed(house: House, login: Login) -> bool:
    """Whether a proof must come along now."""
    lately = datetime.now(UTC) - timedelta(minutes=house.settings.proof_minutes)
    return login.proved_at is None or login.proved_at <= lately


async def prove(house: House, login: Login, proof: Proof) -> None:
    """Returns when this is proved to be the account's own person. Raises ProveFirst, or Wrong for a wrong password."""
    given = proof.get("password")
    if not given:
        if needed(house, login):
            raise ProveFirst(field="password")
        return
    # Counted per account, not per place: whoever holds a stolen login tries passwords from anywhere.
    house.sign_ins.take(place := house.seal("prove", str(login.account_id)))
    if not await house.passwords.fits(login.account.password_hash, _as_typed(given)):
        raise Wrong(N_("This is not your present password."), code="no_match", field="password")
    house.sign_ins.forget(place)
    login.proved_at = datetime.now(UTC)
    await Login.filter(id=login.id).update(proved_at=login.proved_at)


def _as_typed(given: Any) -> str:
    try:
        return fields.password(given)
    except Wrong:
        return ""  # it would not have been taken when signing up, and fits nobody
