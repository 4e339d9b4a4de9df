from engage.cli.account import SHOWN_LINES, Account


def test_every_beacon_in_one_column():
    """Sent is applied, duplicate, late and refused, each reason counted."""
    account = Account()
    for fate in ("applied", "applied", "duplicate", "late"):
        account.note(fate)
    account.refuse("bad-beacon")
    account.refuse("too-many")

    assert account.text() == (
        "sent 6 = applied 2 + duplicate 1 + late 1 "
        "+ refused 2 (bad-beacon 1, too-many 1)"
    )
    assert account.balances


def test_further_fates_are_told():
    """A beacon without consent has a column of its own, and the account balances."""
    account = Account()
    account.note("no_consent")

    assert account.text().endswith("late 0 + no_consent 1 + refused 0")
    assert account.balances


def test_lost_beacon_is_noticed():
    """An account with a beacon in no column does not balance."""
    account = Account(sent=3)
    account.fates["applied"] = 2

    assert not account.balances
    assert account.plain()["balances"] is False


def test_bad_lines_are_counted_beside():
    """Lines that are no beacon are not sent; the first few are kept for people."""
    account = Account()
    for number in range(SHOWN_LINES + 5):
        account.refuse_line(f"clicks.txt:{number}: no")

    assert (account.sent, account.bad_lines) == (0, SHOWN_LINES + 5)
    assert len(account.lines) == SHOWN_LINES
