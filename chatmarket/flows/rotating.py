"""A new key for the installation: every brand's key is wrapped anew under it, while everything runs.

No value and no customer's key is touched. Processes hold brand keys unwrapped and notice nothing; one that reads a
brand's key anew needs the key it names now, so the new one must be known to all before this begins.
"""

from chatmarket.flows import auditing
from chatmarket.house import House
from chatmarket.models import BrandKey
from chatmarket.privacy.keys import Keyring
from chatmarket.store import unit_of_work


async def rotate(house: House, keyring: Keyring, actor: int) -> int:
    """Wraps all brand keys under the current KEK, noted for each; how many were not. Raises UnknownKey where an old KEK
    is missing, which leaves that brand's key and the following ones as they are."""
    kept = await BrandKey.exclude(kek=keyring.current).order_by("brand_id")
    return sum([await _rewrap(house, keyring, one, actor) for one in kept])


@unit_of_work
async def _rewrap(house: House, keyring: Keyring, kept: BrandKey, actor: int) -> bool:
    kek, wrapped = keyring.rewrap(kept.kek, kept.wrapped, brand=kept.brand_id)
    # Only if nobody else has done it meanwhile.
    if not await BrandKey.filter(brand_id=kept.brand_id, kek=kept.kek).update(kek=kek, wrapped=wrapped):
        return False
    await auditing.write_down(house, kept.brand_id, actor, "rotate", facts={"key": kek})
    return True
