"""One rule for every door: what is taken can be written to, what can be written to is taken."""

import subprocess
import sys

import pytest

from tsuzuki.core import mailbox
from tsuzuki.core.errors import Refused

GOOD = {
    "mei@example.com": "mei@example.com",
    "docomo..user.@docomo.ne.jp": "docomo..user.@docomo.ne.jp",
    '"docomo..user."@docomo.ne.jp': "docomo..user.@docomo.ne.jp",
    "ｍｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ": "mei@example.com",
    " mei@example.com ": "mei@example.com",
    "a@日本語.jp": "a@xn--wgv71a119e.jp",
    "a+b@例え.テスト": "a+b@xn--r8jz45g.xn--zckzah",
    "o'neill@example.com": "o'neill@example.com",
    f"{'a' * 64}@example.com": f"{'a' * 64}@example.com",
    "": "",
    "  ": "",
    "a.@au.com": "a.@au.com",
    ".a@ezweb.ne.jp": ".a@ezweb.ne.jp",
    "a--b..@Biz.EZweb.ne.jp": "a--b..@biz.ezweb.ne.jp",
    "a@faß.de": "a@xn--fa-hia.de",  # IDNA 2003 would write to fass.de, which is somebody else's
}
BAD = (
    "mei",
    "@example.com",
    "mei@",
    "a@b@example.com",
    '"a@b"@example.com',
    '"a b"@example.com',
    '""@example.com',
    "user@[127.0.0.1]",
    "user@127.0.0.1",
    "user@localhost",
    f"{'a' * 65}@example.com",
    f"a@{'b' * 64}.com",
    f"{'a' * 64}@{'b.' * 95}com",
    "a@b.co\n",
    "a@b.co\nBcc: c@d.co",
    "\na@b.co",
    "a@b.co,c@d.co",
    "a@b.co c@d.co",
    "Mei <mei@example.com>",
    "a@b..co",
    "a@.b.co",
    "a@b.co.",
    "a@-b.co",
    "a\0@b.co",
    "梅@example.com",
    "a@b_c.co",
    "a@b.1",
    "a@\u202eb.co",
    "=a(b)@example.com",
    "mei..li@gmail.com",
    "mei.@example.com",
    ".a@b.co",
    "a..b@notdocomo.ne.jp",
    '"a b."@docomo.ne.jp',
    '"a\\".."@docomo.ne.jp',
    "a@b.invalid",
    "a@b.test",
    "a@printer.local",
    "a@xn--a.jp",
    "a@ab--cd.jp",
    "a@☃.jp",
    "a" * 10_000,
    "." * 300_000 + "@docomo.ne.jp",
)


@pytest.mark.parametrize(("typed", "read"), GOOD.items())
def test_what_letters_can_go_to_is_taken(typed, read):
    assert mailbox.read(typed) == read
    if read:
        assert mailbox.address(read) == read  # as the mail channel asks before it sends


@pytest.mark.parametrize("typed", BAD)
def test_what_they_cannot_is_refused(typed):
    with pytest.raises(Refused, match="email_malformed"):
        mailbox.read(typed)


def test_nobody_is_asked_over_the_network():
    """The library can ask the DNS about a domain; the core asks nobody, and does not even load what would."""
    program = (
        "import sys; from tsuzuki.core import mailbox; mailbox.read('mei@example.com'); "
        "sys.exit('dns' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_mailbox_has_one_owner_under_all_of_its_names():
    assert {
        mailbox.owner(one) for one in ("mei@example.com", "Mei+1@Example.com", "mei+a+b@example.com")
    } == {"mei@example.com"}
    assert {mailbox.owner(one) for one in ("m.e.i@gmail.com", "mei+x@gmail.com", "me.i@gmail.com")} == {
        "mei@gmail.com"
    }
    assert mailbox.owner("m.ei@example.com") != mailbox.owner("mei@example.com")
    assert mailbox.owner("+1@example.com") != mailbox.owner("+2@example.com")
