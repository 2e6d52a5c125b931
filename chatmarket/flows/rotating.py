"""A new key for the installation: every brand's key is wrapped anew under it, while everything runs.

No value and no customer's key is touched. Processes hold brand keys unwrapped and notice nothing; one that reads a
brand's key anew needs the key it names now, so the new one must be known to all before this begins.
"""

from chatmarket.house import House
from chatmarket.models import BrandKey
from chatmarket.privacy.keys import Keyring


async def rotate(keyring: Keyring) -> int:
    """Wraps all brand keys under the current KEK; how many were not. Raises UnknownKey where an old KEK is missing,
    which leaves that brand's key and the following ones as they are."""
    moved = 0
    for kept in await BrandKey.exclude(kek=keyring.current).order_by("brand_id"):
        kek, wrapped = keyring.rewrap(kept.kek, kept.wrapped, brand=kept.brand_id)
        # Only if nobody else has done it meanwhile.
        same = BrandKey.filter(brand_id=kept.brand_id, kek=kept.kek)
        moved += await same.update(kek=kek, wrapped=wrapped)
    return moved


async def in_use(house: House) -> dict[str, int]:
    """How many brands' keys are wrapped under each KEK."""
    counted: dict[str, int] = {}
    for kek in await BrandKey.all().values_list("kek", flat=True):
        counted[str(kek)] = counted.get(str(kek), 0) + 1
    return counted
