"""Commands beside a running service: backup, restore, codes, catalogue."""

import asyncio
import stat

import orjson
import pytest

from engage.cli import main
from engage.errors import StoreError
from engage.stores.journal.files import restore
from engage.stores.journal.sqlite import read_journal
from tests.web.serving import KEY, SERVER, serving

FEED = (
    b"id\ttitle\tlink\timage_link\tprice\tavailability\n"
    b"1\tA\thttps://shop.example/1\thttps://shop.example/1.jpg\t9.05 EUR\tin_stock\n"
    b"2\tB\thttps://shop.example/2\thttps://shop.example/2.jpg\tcheap\tin_stock\n"
)


async def ran(*arguments):
    """Run a command on a thread, as a process beside the service would."""
    return await asyncio.to_thread(main, [str(one) for one in arguments])


async def decisions(at):
    """Return all decisions of a service."""
    lines = (await at.shop("GET", "/v1/decisions")).body.splitlines()
    return [orjson.loads(line) for line in lines]


async def test_backup_of_a_running_service(tmp_path):
    """A backup taken under way holds what was answered before, and nothing later."""
    data, copy, again = (tmp_path / name for name in ("data", "copy", "again"))
    async with serving(data) as at:
        (data / "pk_demo.salt").write_text("0123456789abcdef")
        for n in range(20):
            await at.beacon("ask", visitor=f"v_{n}", session=f"s_{n}")
        before = await decisions(at)
        assert await ran("backup", "--data", data, copy) == 0
        await at.beacon("ask", visitor="v_late", session="s_late")
    assert await ran("restore", copy, "--data", again) == 0
    async with serving(again) as at:
        restored = await decisions(at)

    assert len(before) == 20
    assert restored == before
    assert (again / "pk_demo.salt").read_text() == "0123456789abcdef"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700


async def test_restore_keeps_what_is_there(tmp_path, capsys):
    """Existing data is not replaced, unless that is asked for."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with serving(data) as at:
        await at.beacon("ask")
        await ran("backup", "--data", data, copy)
        await at.beacon("ask", visitor="v_2", session="s_2")
    refused = await ran("restore", copy, "--data", data)
    kept = len(read_journal(data / "journal.sqlite").read(0, 100))
    forced = await ran("restore", copy, "--data", data, "--force")
    left = len(read_journal(data / "journal.sqlite").read(0, 100))

    assert (refused, forced) == (2, 0)
    assert "must be empty" in capsys.readouterr().err
    assert left < kept


async def test_erased_since_the_backup(tmp_path, capsys):
    """Who was erased after a backup is erased in what is restored from it."""
    data, copy, again, listed = (tmp_path / n for n in ("data", "copy", "new", "list"))
    async with serving(data) as at:
        for name in ("v_1", "v_2", "v_3"):
            await at.beacon("ask", visitor=name, session=f"s_{name}")
        await ran("backup", "--data", data, copy)
        await at.shop("DELETE", "/v1/visitors/v_1")
        await at.shop("DELETE", "/v1/visitors/v_2")
        capsys.readouterr()
        assert await ran("erased", "--data", data) == 0
        # The service in the same process may log a line meanwhile; none of its is JSON.
        said = capsys.readouterr().out.splitlines()
        listed.write_text("\n".join(one for one in said if one.startswith("{")))
    assert "v_1" not in listed.read_text()
    assert await ran("restore", copy, "--data", again, "--erased", listed) == 0
    assert await ran("restore", copy, "--data", data, "--force") == 0

    assert capsys.readouterr().out.count("; 2 visitors erased again\n") == 2
    for place in (again, data):
        async with serving(place) as at:
            found = [
                (await at.shop("GET", f"/v1/visitors/v_{n}")).status for n in (1, 2, 3)
            ]
            told = [body["visitor"] for body in await decisions(at)]
        assert (found, told) == ([404, 404, 200], [None, None, "v_3"])


async def test_damaged_journal_is_replaced_all_the_same(tmp_path, capsys):
    """Where nobody knows any more who was erased, that is said; a list is checked."""
    data, copy, listed = tmp_path / "data", tmp_path / "copy", tmp_path / "list"
    async with serving(data) as at:
        await at.beacon("ask")
        await ran("backup", "--data", data, copy)
    (data / "journal.sqlite").write_bytes(b"no journal" * 1_000)
    listed.write_text('{"site": "pk_demo"}\n')

    assert await ran("restore", copy, "--data", data, "--erased", listed) == 2
    assert await ran("restore", copy, "--data", data, "--force") == 0
    told = capsys.readouterr().err
    assert "--erased must be what `engage erased` printed" in told
    assert "erase again whoever was erased since the backup" in told


async def test_restore_under_a_running_service(tmp_path, capsys):
    """Data that a service is writing is not replaced, not even by force."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    async with serving(data) as at:
        await at.beacon("ask")
        await ran("backup", "--data", data, copy)
        code = await ran("restore", copy, "--data", data, "--force")
        alive = await at.beacon("ask", visitor="v_2", session="s_2")

    assert (code, alive.status in {200, 204}) == (2, True)
    assert "in use by another process" in capsys.readouterr().err


async def test_damaged_backup_is_refused(tmp_path):
    """A copy that is not whole is not restored."""
    async with serving(tmp_path / "data") as at:
        await at.beacon("ask")
        await ran("backup", "--data", tmp_path / "data", tmp_path / "copy")
    copy = tmp_path / "copy" / "journal.sqlite"
    copy.write_bytes(copy.read_bytes()[:-20_000])

    with pytest.raises(StoreError, match="no sound journal"):
        restore(copy, tmp_path / "again")


async def test_backup_without_a_salt_says_so(tmp_path, capsys):
    """Where the salt stands elsewhere, whoever keeps and restores a backup is told."""
    async with serving(tmp_path / "data") as at:
        await at.beacon("ask")
        await ran("backup", "--data", tmp_path / "data", tmp_path / "copy")
    await ran("restore", tmp_path / "copy", "--data", tmp_path / "again")
    said = capsys.readouterr().out

    assert "its salt is not in there" in said
    assert "it holds no salt" in said


async def test_backup_needs_an_empty_place(tmp_path, capsys):
    """An existing directory with something in it is left alone."""
    async with serving(tmp_path / "data"):
        code = await ran("backup", "--data", tmp_path / "data", tmp_path)

    assert code == 2
    assert "must be an empty or new directory" in capsys.readouterr().err


async def test_codes_and_catalogue(at, tmp_path, monkeypatch, capsys):
    """Codes as a spreadsheet saves them arrive, and products; bad lines are named."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    (tmp_path / "codes").write_bytes(b"\xef\xbb\xbfA\r\n\r\nB \r\nC\r\n")
    (tmp_path / "feed").write_bytes(FEED)
    sent = await ran("codes", "autumn10", tmp_path / "codes", "--to", at.url)
    feed = await ran("catalog", tmp_path / "feed", "--to", at.url)
    told = capsys.readouterr()
    site = at.service.engine("pk_demo").site

    assert (sent, feed) == (0, 2)
    assert site.catalogue.get("1").price_cents == 905
    assert f"{tmp_path / 'feed'}:3: " in told.err
    assert "sent 1 product, 1 line refused" in told.out


async def test_codes_are_sent_in_batches(at, tmp_path, monkeypatch, capsys):
    """More codes than one call may hold are sent in several."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    monkeypatch.setattr("engage.cli.codes.CODES_PER_CALL", 2)
    (tmp_path / "codes").write_text("A\nB\nC\nD\nE\n")

    assert await ran("codes", "autumn10", tmp_path / "codes", "--to", at.url) == 0
    assert "sent 5 codes to pool autumn10" in capsys.readouterr().out
    stock = await at.service.store.codes.stock("pk_demo", at_s=0.0)
    assert stock["autumn10"].codes_left == 5


async def test_codes_that_are_known(at, tmp_path, monkeypatch, capsys):
    """Codes that were sent before are told apart: a file sent twice fills nothing."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    (tmp_path / "codes").write_text("A\nB\n")
    for _ in range(2):
        await ran("codes", "autumn10", tmp_path / "codes", "--to", at.url)

    sent = "sent 2 codes to pool autumn10"
    out = capsys.readouterr().out.splitlines()
    told = [line for line in out if line.startswith("sent ")]
    assert told == [sent, f"{sent}; 2 codes known before"]


async def test_codes_for_a_pool_that_nobody_uses(at, tmp_path, monkeypatch, capsys):
    """A slip in a pool's name loses no code: the right name takes it afterwards."""
    monkeypatch.setenv("ENGAGE_SERVER_KEY", KEY)
    (tmp_path / "codes").write_text("A\n")

    assert await ran("codes", "autum10", tmp_path / "codes", "--to", at.url) == 2
    said = "400 pool must be one of autumn10, got 'autum10'"
    assert said in capsys.readouterr().err
    assert await ran("codes", "autumn10", tmp_path / "codes", "--to", at.url) == 0
    stock = await at.service.store.codes.stock("pk_demo", at_s=0.0)
    assert {pool: one.codes_left for pool, one in stock.items()} == {"autumn10": 1}


async def test_wrong_key_says_so(at, tmp_path, capsys):
    """A key file with a wrong key ends with the service's own sentence."""
    (tmp_path / "key").write_text("sk_wrong")
    (tmp_path / "codes").write_text("A\n")
    options = ("--to", at.url, "--key-file", tmp_path / "key")
    code = await ran("codes", "autumn10", tmp_path / "codes", *options)

    assert code == 2
    assert "401 the server key is nobody's" in capsys.readouterr().err
    assert KEY in SERVER["Authorization"]
