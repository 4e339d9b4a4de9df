"""All processes of a service have the same salt, or say so before they serve."""

import pytest

from engage.errors import ConfigError
from engage.settings import SiteSecrets
from engage.stores.redis.board import Board
from engage.stores.redis.link import Link
from engage.street.salts import mark_of, require_same_salts

ONE = SiteSecrets(server_key="sk", salt=b"sixteen bytes of")
OTHER = SiteSecrets(server_key="sk", salt=b"sixteen others..")


@pytest.fixture
async def board(redis_url):
    """A board on an empty Redis."""
    link = Link(redis_url)
    yield Board(link)
    await link.close()


async def test_the_same_salt(board):
    """Who has the salt of the first one may come in, again and again."""
    for _ in range(2):
        await require_same_salts(board, {"pk_a": ONE, "pk_b": OTHER})

    assert await board.claim_salt("pk_a", "x") == mark_of(ONE.salt)


async def test_another_salt(board):
    """Every site whose salt differs is named, and what to do about it."""
    await require_same_salts(board, {"pk_a": ONE, "pk_b": ONE, "pk_c": ONE})
    told = f"^pk_a: salt must be the one .*{mark_of(ONE.salt)}.*engage:salt:{{pk_a}}"
    with pytest.raises(ConfigError, match=told) as caught:
        await require_same_salts(board, {"pk_a": OTHER, "pk_b": OTHER, "pk_c": ONE})

    assert len(caught.value.mistakes) == 2
    assert "sixteen" not in str(caught.value)
