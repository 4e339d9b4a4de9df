"""Signed messages: as the standard's own example says, and never two secrets alike."""

import hmac
from base64 import b64decode, b64encode

import orjson

from engage.wire.hooks import News, hook_secret, news, signed

SALT = b"0123456789abcdef"


def test_example_of_the_standard():
    """The signature is that of the specification's worked example."""
    told = News("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')

    headers = signed(
        told, secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", at_s=1_614_265_330.4
    )

    assert headers["webhook-id"] == told.id
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_secrets_differ():
    """Each site, hook and salt has its own secret, of 256 bits."""
    secrets = {
        hook_secret(salt, site=site, hook=hook)
        for salt in (SALT, SALT[::-1])
        for site in ("pk_1", "pk_2")
        for hook in ("mail", "crm")
    }

    assert len(secrets) == 8
    assert {len(b64decode(one.removeprefix("whsec_"))) for one in secrets} == {32}


def test_same_fact_same_message():
    """What is told again is the same message under the same id, signed anew."""
    one, again = (
        news("settled", {"value": 4.2}, site="pk", at_s=9.5, offset=3) for _ in "12"
    )
    secret = hook_secret(SALT, site="pk", hook="mail")
    early, late = (signed(one, secret=secret, at_s=at_s) for at_s in (10.0, 400.0))

    assert one == again
    assert early["webhook-signature"] != late["webhook-signature"]
    assert orjson.loads(one.body)["data"] == {"value": 4.2}


def test_body_is_proven():
    """One changed byte of the body makes the signature wrong."""
    secret = hook_secret(SALT, site="pk", hook="mail")
    told = news("visit", {"cart": []}, site="pk", at_s=9.5, offset=3)
    headers = signed(told, secret=secret, at_s=10.0)
    forged = told.body.replace(b"[]", b"{}")
    content = b".".join((told.id.encode(), b"10", forged))
    key = b64decode(secret.removeprefix("whsec_"))
    proof = b64encode(hmac.digest(key, content, "sha256")).decode()

    assert headers["webhook-signature"] != f"v1,{proof}"
