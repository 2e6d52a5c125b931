"""The audit cannot be changed unnoticed: by an edit, a deletion, an insertion, a swap, or a cut at the end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from tortoise.transactions import in_transaction

from chatmarket.flows import auditing, verifying
from chatmarket.house import House
from chatmarket.models import Account, Audit, AuditHead, AuditLink
from chatmarket.privacy.chain import AuditKeys
from chatmarket.store import rows, unit_of_work
from tests.cast import Cast, Shop

Tamper = Callable[[int], Awaitable[object]]
TABLES = ("audit", "auditlink")


async def _faults(cast: Cast, shop: Shop, anchors: list[verifying.Anchor] = []) -> list[str]:  # noqa: B006
    found = [str(fault) async for fault in verifying.faults(cast.house.audit_keys, anchors)]
    return [fault for fault in found if fault.startswith(shop.slug)]


async def _written(cast: Cast, count: int = 5) -> tuple[Shop, list[int]]:
    """A brand, and the numbers of its audit rows."""
    shop = await cast.brand()
    mo = await cast.moderator(shop, role="staff")
    return shop, [
        await auditing.write_down(cast.house, shop.id, mo.id, "note", facts={"n": n, "text": "ñ", "none": None})
        for n in range(count)
    ]


class _Undone(Exception):
    pass


@asynccontextmanager
async def _unprotected(db: str) -> AsyncIterator[None]:
    """Somebody with all rights in the database; what they do is undone in the end."""
    try:
        async with in_transaction():
            for table in TABLES:
                for deed in ("update", "delete"):
                    if db == "sqlite":
                        await rows(f"DROP TRIGGER {table}_refuses_{deed}")
                if db == "postgres":
                    await rows(f"DROP TRIGGER {table}_added_only ON {table}")
            yield
            raise _Undone
    except _Undone:
        pass


async def test_what_was_written_is_found_whole(cast: Cast) -> None:
    shop, written = await _written(cast)
    assert await _faults(cast, shop, await verifying.anchors()) == []
    assert await AuditLink.filter(brand_id=shop.id).order_by("seq").values_list("audit_id", flat=True) == written


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET action = 'other' WHERE id = {id}",
        "DELETE FROM audit WHERE id = {id}",
        "UPDATE auditlink SET seq = 99 WHERE audit_id = {id}",
        "DELETE FROM auditlink WHERE audit_id = {id}",
    ],
)
async def test_the_database_itself_refuses_to_change_or_delete_a_row(cast: Cast, statement: str) -> None:
    shop, written = await _written(cast, 2)
    with pytest.raises(Exception, match="only ever added"):
        await rows(statement.format(id=written[0]))
    assert await _faults(cast, shop) == []


async def test_truncating_is_refused_too(cast: Cast, db: str) -> None:
    await _written(cast, 1)
    for table in TABLES:
        with pytest.raises(Exception, match="only ever added"):
            await rows(f"TRUNCATE {table} CASCADE" if db == "postgres" else f"DELETE FROM {table}")


async def _insert(brand: int, id_: int) -> None:
    await rows(
        "INSERT INTO audit (id, brand_id, actor_id, action, facts, at) "
        "SELECT ?, brand_id, actor_id, 'forged', facts, at FROM audit WHERE brand_id = ? LIMIT 1",
        id_,
        brand,
    )


@pytest.mark.parametrize("column", ["action", "facts", "at", "chat_id", "actor_id"])
async def test_an_edit_is_found_with_its_row(cast: Cast, db: str, column: str) -> None:
    shop, written = await _written(cast)
    other, ida = await cast.moderator(shop), await cast.expert(shop)
    chat = (await cast.live(shop, ida)).chat
    values = {
        "action": "'watch'",
        "facts": """'{"n":2,"text":"o","none":null}'""",
        "at": "'2020-01-01 00:00:00+00:00'",
        "chat_id": str(chat),
        "actor_id": str(other.id),
    }
    async with _unprotected(db):
        await rows(f"UPDATE audit SET {column} = {values[column]} WHERE id = {written[2]}")
        (fault,) = await _faults(cast, shop)
        assert f"row {written[2]} " in fault and "was changed" in fault
    assert await _faults(cast, shop) == []


async def test_a_deletion_is_found_with_its_row(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    async with _unprotected(db):
        if db == "postgres":
            await rows("ALTER TABLE auditlink DROP CONSTRAINT " + await _foreign_key())
        else:
            await rows("PRAGMA defer_foreign_keys = ON")
        await rows(f"DELETE FROM audit WHERE id = {written[2]}")
        assert await _faults(cast, shop) == [f"{shop.slug}: row {written[2]} was deleted"]


async def _foreign_key() -> str:
    found = await rows(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'auditlink'::regclass AND confrelid = 'audit'::regclass"
    )
    return str(found[0]["conname"])


async def test_a_deletion_together_with_its_link_leaves_a_gap(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    async with _unprotected(db):
        for row in written[1:3]:
            await rows(f"DELETE FROM auditlink WHERE audit_id = {row}")
            await rows(f"DELETE FROM audit WHERE id = {row}")
        (fault,) = await _faults(cast, shop)
        assert f"places 2 to 3 were taken away, before row {written[3]}" in fault


async def test_two_rows_that_change_places_are_found(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    async with _unprotected(db):
        for row, seq in ((written[1], 1000), (written[2], 2), (written[1], 3)):
            await rows(f"UPDATE auditlink SET seq = {seq} WHERE audit_id = {row}")
        faults = await _faults(cast, shop)
        assert all(any(f"row {row} " in fault for fault in faults) for row in written[1:3])


async def test_a_row_put_there_is_found_with_and_without_a_link(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    forged = 2**40
    async with _unprotected(db):
        await _insert(shop.id, forged)
        (fault,) = await _faults(cast, shop)
        assert f"row {forged} was written outside the chain" in fault
        last = await AuditLink.get(audit_id=written[-1])
        await AuditLink.create(audit_id=forged, brand_id=shop.id, seq=last.seq + 1, key=last.key, digest=last.digest)
        faults = await _faults(cast, shop)
        assert any(f"row {forged} " in fault for fault in faults) and len(faults) == 2
        await AuditHead.filter(brand_id=shop.id).update(seq=last.seq + 1, digest=last.digest)
        assert any("head" in fault for fault in await _faults(cast, shop))


async def test_rows_cut_off_the_end_are_found_by_the_head_and_with_an_old_head_by_an_anchor(
    cast: Cast, db: str
) -> None:
    shop, written = await _written(cast, 3)
    old = await AuditHead.get(brand_id=shop.id)
    mo = await cast.moderator(shop, role="staff")
    last = [await auditing.write_down(cast.house, shop.id, mo.id, "reveal") for _ in range(2)]
    anchors = await verifying.anchors()
    async with _unprotected(db):
        for row in last:
            await rows(f"DELETE FROM auditlink WHERE audit_id = {row}")
            await rows(f"DELETE FROM audit WHERE id = {row}")
        assert await _faults(cast, shop) == [f"{shop.slug}: the last 2 rows were cut off, after place 3"]
        await AuditHead.filter(brand_id=shop.id).update(seq=old.seq, digest=old.digest, seal=old.seal)
        assert await _faults(cast, shop) == []
        (fault,) = await _faults(cast, shop, anchors)
        assert "the chain reached place 5" in fault
        await AuditHead.filter(brand_id=shop.id).delete()
        assert any("its head was deleted" in fault for fault in await _faults(cast, shop))
    assert written


async def test_an_anchor_that_nobody_made_proves_nothing(cast: Cast) -> None:
    shop, _ = await _written(cast, 1)
    (mine,) = [one for one in await verifying.anchors() if one.brand == shop.id]
    forged = verifying.Anchor(**{**{name: getattr(mine, name) for name in mine.__slots__}, "seq": 7})
    assert "was not made with a key" in (await _faults(cast, shop, [forged]))[0]


async def test_keys_rotate_and_a_key_that_is_gone_is_named(cast: Cast) -> None:
    shop, written = await _written(cast, 2)
    mo = await cast.moderator(shop, role="staff")
    old, cast.house.audit_keys = cast.house.audit_keys, AuditKeys({"next": b"n" * 32, "test": b"a" * 32})
    try:
        newest = await auditing.write_down(cast.house, shop.id, mo.id, "note")
        assert await _faults(cast, shop) == []
        cast.house.audit_keys = AuditKeys({"next": b"n" * 32})
        assert [
            f"row {row} was chained with the key 'test'" in fault
            for row, fault in zip(written, await _faults(cast, shop), strict=True)
        ] == [True, True]
        assert newest
    finally:
        cast.house.audit_keys = AuditKeys({"test": b"a" * 32, "next": b"n" * 32})
        assert await _faults(cast, shop) == []
        cast.house.audit_keys = old


async def test_many_who_write_at_once_at_two_servers_have_one_chain(cast: Cast, town) -> None:
    shop = await cast.brand()
    mo = await cast.moderator(shop, role="staff")
    deeds = [_patient(town.houses[n % 2], shop.id, mo.id, n) for n in range(20)]
    await asyncio.gather(*deeds)
    assert await _faults(cast, shop) == []
    seqs = await AuditLink.filter(brand_id=shop.id).order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == list(range(1, 21))


async def _patient(house: House, brand: int, actor: int, n: int) -> int:
    return await auditing.write_down(house, brand, actor, "note", facts={"n": n})


async def test_a_deed_that_fails_leaves_no_row_and_no_gap(cast: Cast) -> None:
    shop, _ = await _written(cast, 1)
    mo = await cast.moderator(shop, role="staff")

    @unit_of_work
    async def deed() -> None:
        await auditing.write_down(cast.house, shop.id, mo.id, "note")
        raise _Undone

    with pytest.raises(_Undone):
        await deed()
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    assert await _faults(cast, shop) == []
    assert await Audit.filter(brand_id=shop.id).count() == 2


async def _unchained(shop: Shop) -> None:
    """As a brand of before there were chains."""
    await AuditHead.filter(brand_id=shop.id).delete()


async def test_rows_of_before_the_chain_are_vouched_for_and_an_edit_of_them_is_found(cast: Cast, db: str) -> None:
    shop = await cast.brand()
    await _unchained(shop)
    mo = await cast.moderator(shop, role="staff")
    before = [await Audit.create(brand_id=shop.id, actor_id=mo.id, action="watch", facts={"n": n}) for n in range(3)]
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 1
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    assert await _faults(cast, shop) == []
    late = await Audit.create(brand_id=shop.id, actor_id=mo.id, action="watch", facts={})
    (fault,) = await _faults(cast, shop)
    assert f"row {late.id} was written outside the chain" in fault
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    assert len(await _faults(cast, shop)) == 1
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 1
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 0
    assert await _faults(cast, shop) == []
    told = [one for one in await verifying.vouched() if one.startswith(f"{shop.slug}:")]
    assert [f"{n} numbered" in one for n, one in zip(("3 rows", "1 row"), told, strict=True)] == [True, True]
    for statement in ("UPDATE audit SET action = 'x' WHERE id = {}", "DELETE FROM audit WHERE id = {}"):
        async with _unprotected(db):
            await rows(statement.format(before[1].id))
            (fault,) = await _faults(cast, shop)
            assert "from before the chain, were changed or taken away" in fault


async def _tamper(db: str, *statements: str) -> None:
    """Somebody with all rights in the database, who puts its triggers back."""
    triggers = []
    if db == "sqlite":
        found = await rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
        triggers = [row["sql"] for row in found]
        statements = (*(f"DROP TRIGGER {row['name']}" for row in found), *statements, *triggers)
    else:
        words = ("DISABLE", "ENABLE ALWAYS")
        off, on = ([f"ALTER TABLE {table} {word} TRIGGER {table}_added_only" for table in TABLES] for word in words)
        statements = (*off, *statements, *on)
    for statement in statements:
        await rows(statement)


def _gone(written: list[int]) -> list[str]:
    """Rows and their links are deleted."""
    return [f"DELETE FROM {table} WHERE {key} = {row}" for row in written for table, key in _PLACES]


_PLACES = (("auditlink", "audit_id"), ("audit", "id"))


@pytest.mark.parametrize("seal", ["rubbish", "unknown key", "not the last link"])
async def test_a_head_that_was_tampered_with_is_told_for_ever_and_stops_nobody(cast: Cast, db: str, seal: str) -> None:
    shop, written = await _written(cast)
    mo = await cast.moderator(shop, role="staff")
    older = await AuditLink.get(audit_id=written[2])
    head = await AuditHead.get(brand_id=shop.id)
    head.seq, head.digest = older.seq, older.digest
    if seal == "not the last link":
        head.seal = cast.house.audit_keys.seal(head.key, shop.id, head.seq, head.digest)
    elif seal == "unknown key":
        head.key = "nobody's"
    if seal != "not the last link":
        await _tamper(db, *_gone(written[3:]))
    await head.save()
    assert len(await _faults(cast, shop)) == 1
    for _ in range(2):
        await auditing.write_down(cast.house, shop.id, mo.id, "note")
    (fault,) = await _faults(cast, shop)
    assert "rows may be gone before it" in fault
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 0
    assert await _faults(cast, shop) == [fault]
    assert await Audit.filter(brand_id=shop.id, action="broken").count() == 1


async def test_a_deleted_head_stops_nobody_and_is_told_for_ever(cast: Cast) -> None:
    shop, _ = await _written(cast)
    mo = await cast.moderator(shop, role="staff")
    await AuditHead.filter(brand_id=shop.id).delete()
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    (fault,) = await _faults(cast, shop)
    assert "where the head was deleted" in fault
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 0 and await _faults(cast, shop) == [fault]


async def test_forged_rows_are_not_vouched_for_by_the_next_one(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    mo = await cast.moderator(shop, role="staff")
    heads = f"DELETE FROM audithead WHERE brand_id = {shop.id}"
    await _tamper(db, *(f"DELETE FROM auditlink WHERE audit_id = {row}" for row in written), heads)
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    faults = await _faults(cast, shop)
    assert "began a chain where there was none" in faults[0]
    assert all(f"row {row} was written outside" in fault for row, fault in zip(written, faults[1:], strict=True))
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 1
    assert await _faults(cast, shop) == []
    assert any(f"{shop.slug}: vouched for" in told and "5 rows" in told for told in await verifying.vouched())


async def test_a_brand_of_whose_audit_nothing_is_left_is_not_whole(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    mo = await cast.moderator(shop, role="staff")
    await _tamper(db, *_gone(written), f"DELETE FROM audithead WHERE brand_id = {shop.id}")
    (fault,) = await _faults(cast, shop)
    assert "there is no chain" in fault
    await auditing.write_down(cast.house, shop.id, mo.id, "note")
    (fault,) = await _faults(cast, shop)
    assert "began a chain where there was none" in fault
    assert await auditing.vouch(cast.house, shop.id, mo.id) == 1
    assert await _faults(cast, shop) == [] and await auditing.vouch(cast.house, shop.id, mo.id) == 0


async def test_a_row_that_only_looks_as_if_it_vouched_is_not_believed(cast: Cast, db: str) -> None:
    shop, written = await _written(cast)
    await _tamper(db, f"UPDATE audit SET action = 'vouch', facts = '{{}}' WHERE id = {written[4]}")
    (fault,) = await _faults(cast, shop)
    assert f"row {written[4]} " in fault and "was changed" in fault
    assert any(f"row {written[4]}," in told for told in await verifying.vouched())


async def test_who_had_the_machines_address_is_not_the_machine(cast: Cast) -> None:
    ida = await cast.expert(await cast.brand())
    machine = await auditing.machine()
    assert machine.role == auditing.MACHINE and (await auditing.machine()).id == machine.id
    taken = machine.email
    try:
        await Account.filter(id=machine.id).update(email="before@chatmarket.invalid", role="was")
        await Account.filter(id=ida.id).update(email=auditing.MACHINE_ADDRESS)
        other = await auditing.machine()
        assert other.id != ida.id and other.role == auditing.MACHINE and other.email != auditing.MACHINE_ADDRESS
        await other.delete()
    finally:
        await Account.filter(id=ida.id).update(email="ida.again@example.com")
        await Account.filter(id=machine.id).update(email=taken, role=auditing.MACHINE)
