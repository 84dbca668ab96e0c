"""How often a password may be tried."""

from web.attempts import Attempts


class Clock:
    """A time that stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_an_address_has_so_many_tries() -> None:
    """Then it waits until the first of them is long ago; another address need not."""
    clock = Clock()
    attempts = Attempts(each=2, everybody=10, window_s=60, clock=clock)
    assert attempts.wait_s("192.0.2.1") == 0
    clock.now += 20
    assert attempts.wait_s("192.0.2.1") == 0
    assert attempts.wait_s("192.0.2.1") == 40 and attempts.wait_s("192.0.2.2") == 0
    clock.now += 39.5
    assert attempts.wait_s("192.0.2.1") == 1
    clock.now += 0.5
    assert attempts.wait_s("192.0.2.1") == 0 and attempts.wait_s("192.0.2.1") == 20


def test_all_together_have_so_many() -> None:
    """Whoever has many addresses gains nothing, and fills no memory."""
    clock = Clock()
    attempts = Attempts(each=2, everybody=3, window_s=60, clock=clock)
    waits = [attempts.wait_s(f"192.0.2.{number}") for number in range(100)]
    assert waits == [0, 0, 0, *[60] * 97]
    clock.now += 60
    assert attempts.wait_s("192.0.2.99") == 0


def test_an_ipv6_address_is_a_whole_network() -> None:
    """A home has 2**64 of them; an IPv4 address in IPv6 clothes is that one address."""
    attempts = Attempts(each=1)
    assert attempts.wait_s("2001:db8::1") == 0 and attempts.wait_s("2001:db8::ffff:1:2") > 0
    assert attempts.wait_s("2001:db8:0:1::1") == 0
    assert attempts.wait_s("::ffff:192.0.2.1") == 0 and attempts.wait_s("::ffff:192.0.2.2") == 0


def test_a_right_password_was_no_guess() -> None:
    """Only the wrong ones count."""
    attempts = Attempts(each=2)
    for _ in range(5):
        assert attempts.wait_s("") == 0
        attempts.forget_last("")
    attempts.forget_last("192.0.2.1")
    assert [attempts.wait_s("") > 0 for _ in range(3)] == [False, False, True]
