"""Over the wire: a real SFTP server in this process, with its own folder, keys and moods."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from tests.parts.test_carriers_contract import ask
from tests.parts.test_csvbatch import grow_old
from tsuzuki.carriers import registry
from tsuzuki.carriers.port import CarrierStatus, Fault
from tsuzuki.core.errors import ProviderUnsure

PASSWORD = "a password of the tests"


@dataclass
class Server:
    """`mood`: what it does instead of renaming an upload. `root` is what its user sees as «/»."""

    root: Path
    port: int = 0
    host_key: str = ""
    mood: str = ""
    logins: int = 0
    more: str = ""
    loop: Any = field(default=None, repr=False)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(Path(tmp_path_factory.mktemp("sftp")))
    ready, loop = threading.Event(), asyncio.new_event_loop()
    key = asyncssh.generate_private_key("ssh-ed25519")
    server.host_key, server.loop = key.export_public_key().decode().strip(), loop

    class Login(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            server.logins += 1
            return (username, password) == ("operator", PASSWORD)

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=str(server.root).encode())

        def rename(self, oldpath: bytes, newpath: bytes) -> Any:
            if server.mood == "refuses":
                raise asyncssh.SFTPPermissionDenied("not that name")
            done = super().rename(oldpath, newpath)
            if server.mood == "grows":  # who has it open writes on
                with (server.root / newpath.decode().lstrip("/")).open("a") as file:
                    file.write(server.more)
            if server.mood == "drops":
                self.channel.get_connection().abort()
            return done

        def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
            if server.mood == "full" and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPFailure("no space")
            return super().open(path, pflags, attrs)

    over = asyncio.Event()

    async def serve_until_over() -> None:
        made = await asyncssh.create_server(Login, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=Files)
        server.port = made.get_port()
        ready.set()
        await over.wait()
        made.close()
        await made.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    def serve() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve_until_over())

    thread = threading.Thread(target=serve, name="sftp server", daemon=True)
    thread.start()
    assert ready.wait(30)
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join(30)


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """Empty, and in a good mood."""
    running.mood = ""
    for name in ("up", "down", "done"):
        (running.root / name).mkdir(exist_ok=True)
        for file in (running.root / name).iterdir():
            file.unlink()
    yield running
    running.mood = ""


def carrier(server: Server, folder: Path, **more: object) -> Any:
    settings = {
        "folder": str(folder), "sftp_host": "127.0.0.1", "sftp_port": server.port, "sftp_user": "operator",
        "sftp_secret": "TSUZUKI_SFTP_PASSWORD", "sftp_host_key": server.host_key,
        "sftp_out": "/up", "sftp_in": "/down", "timeout": 20, "fetch_every": 0,
    }  # fmt: skip
    return registry.load("csvbatch", {"TSUZUKI_SFTP_PASSWORD": PASSWORD}, settings | more)


def uploaded(server: Server) -> list[str]:
    return sorted(file.name for file in (server.root / "up").iterdir())


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever two looks found the same lay still for long enough."""
    monkeypatch.setattr("tsuzuki.carriers.csvbatch.sftp.SETTLED", -1.0)


def done(server: Server) -> list[str]:
    return sorted(file.name for file in (server.root / "done").iterdir())


FOOTED = {"back": {"footer": {"mark": "T", "count": 2}}}


def test_half_an_answer_stays_where_it_is_until_it_is_whole(
    server: Server, tmp_path: Path, still: None
) -> None:
    """They write for an hour: no footer, the size at rest for as long as you like."""
    one, two = ask(), ask()
    made = carrier(server, tmp_path, sftp_done="/done", template=FOOTED)
    made.act_many([one, two])
    file = server.root / "down" / "RESULT_1.csv"
    file.write_text(f"key,result,reference\n{one.key},ok,R-1\n")
    for _ in range(3):
        assert made.look_up(one.key).status is CarrierStatus.WAITING
    assert done(server) == []
    with file.open("a") as rest:
        rest.write(f"{two.key},ok,R-2\nT,2\n")
    assert (made.look_up(one.key).reference, made.look_up(two.key).reference) == ("R-1", "R-2")
    assert made.look_up(one.key).status is CarrierStatus.DONE
    assert (done(server), list((server.root / "down").iterdir())) == (["RESULT_1.csv"], [])


def test_what_two_looks_did_not_find_the_same_is_not_moved(
    server: Server, tmp_path: Path, still: None
) -> None:
    one = ask()
    made = carrier(server, tmp_path, sftp_done="/done")
    made.act(one)
    file = server.root / "down" / "r.csv"
    text = "key,result,reference\n"
    for number in range(4):
        file.write_text(text := text + f"other{number},ok,x\n")
        assert made.look_up(one.key).status is CarrierStatus.WAITING
        assert done(server) == []
    made.look_up(one.key)
    assert done(server) == ["r.csv"]


def test_without_a_footer_it_must_lie_still_for_a_while(server: Server, tmp_path: Path) -> None:
    one = ask()
    made = carrier(server, tmp_path, sftp_done="/done")
    made.act(one)
    (server.root / "down" / "r.csv").write_text(f"key,result,reference\n{one.key},ok,R-1\n")
    for _ in range(3):
        assert made.look_up(one.key).reference == "R-1"
    assert done(server) == []


def test_what_is_written_on_after_it_was_moved_is_read_too(
    server: Server, tmp_path: Path, still: None
) -> None:
    one, two = ask(), ask()
    made = carrier(server, tmp_path, sftp_done="/done")
    made.act_many([one, two])
    (server.root / "down" / "r.csv").write_text(f"key,result,reference\n{one.key},ok,R-1\n")
    made.look_up(one.key)
    server.mood, server.more = "grows", f"{two.key},ok,R-2\n"
    made.look_up(one.key)
    assert done(server) == ["r.csv"]
    assert (made.look_up(one.key).reference, made.look_up(two.key).reference) == ("R-1", "R-2")


def test_the_same_name_again_is_another_file(server: Server, tmp_path: Path, still: None) -> None:
    """Every day they write RESULT.csv.

    Nobody asked about the first day's answers before the second's came.
    """
    one, two = ask(), ask()
    made = carrier(server, tmp_path, sftp_done="/done")
    made.act_many([one, two])
    for key, reference in ((one.key, "R-1"), (two.key, "R-2")):
        (server.root / "down" / "RESULT.csv").write_text(f"key,result,reference\n{key},ok,{reference}\n")
        made.look_up("nobody")
        made.look_up("nobody")
    assert done(server) == ["RESULT.csv", "RESULT.csv.2"]
    for looks in (made, carrier(server, tmp_path)):
        assert (looks.look_up(one.key).reference, looks.look_up(two.key).reference) == ("R-1", "R-2")


def test_whether_it_can_be_reached_is_seen_without_asking(server: Server, tmp_path: Path) -> None:
    assert carrier(server, tmp_path, sftp_done="/done").visit() == ""
    assert carrier(server, tmp_path, sftp_done="/nowhere").visit() != ""
    assert carrier(server, tmp_path, sftp_host_key="AAAA").visit() != ""


def test_a_batch_goes_up_whole_and_its_answers_come_down(server: Server, tmp_path: Path, still: None) -> None:
    one, two = ask(), ask()
    made = carrier(server, tmp_path, sftp_done="/done")
    assert {told.status for told in made.act_many([one, two]).values()} == {CarrierStatus.WAITING}
    assert uploaded(server) == [f"asks-{one.key}.csv"]
    assert made.act_many([two, one])[one.key].status is CarrierStatus.WAITING
    assert len(uploaded(server)) == 1
    (server.root / "down" / "r.csv").write_text(f"key,result,reference\n{one.key},ok,R-1\n")
    assert (made.look_up(one.key).reference, made.look_up(two.key).status) == ("R-1", CarrierStatus.WAITING)
    assert done(server) == ["r.csv"]
    # They clear their folder; another process looks.
    (server.root / "up" / f"asks-{one.key}.csv").unlink()
    again = carrier(server, tmp_path)
    assert again.look_up(one.key).status is CarrierStatus.DONE
    assert again.look_up(two.key).status is CarrierStatus.WAITING
    assert again.look_up(ask().key).status is CarrierStatus.NEVER_RECEIVED
    again.act(two)
    assert uploaded(server) == []


def test_a_file_that_grows_is_fetched_again(server: Server, tmp_path: Path) -> None:
    one, two = ask(), ask()
    made = carrier(server, tmp_path)
    made.act_many([one, two])
    file = server.root / "down" / "r.csv"
    file.write_text(f"key,result,reference\n{one.key},ok,R-1\n{two.key},ok,R")
    assert (made.look_up(one.key).reference, made.look_up(two.key).status) == ("R-1", CarrierStatus.WAITING)
    file.write_text(f"key,result,reference\n{one.key},ok,R-1\n{two.key},ok,R-2\n")
    assert made.look_up(two.key).reference == "R-2"


def test_a_line_that_breaks_after_the_name_was_given_is_unsure_and_found(
    server: Server, tmp_path: Path
) -> None:
    one = ask()
    made = carrier(server, tmp_path)
    server.mood = "drops"
    with pytest.raises(ProviderUnsure):
        made.act(one)
    server.mood = ""
    grow_old(tmp_path)
    assert uploaded(server) == [f"asks-{one.key}.csv"]
    assert made.look_up(one.key).status is CarrierStatus.WAITING
    assert made.act(one).status is CarrierStatus.WAITING
    assert len(uploaded(server)) == 1


def test_what_was_fetched_before_we_could_look_is_for_people(server: Server, tmp_path: Path) -> None:
    one = ask()
    made = carrier(server, tmp_path)
    server.mood = "drops"
    with pytest.raises(ProviderUnsure):
        made.act(one)
    server.mood = ""
    grow_old(tmp_path)
    (server.root / "up" / f"asks-{one.key}.csv").unlink()
    assert made.look_up(one.key).status is CarrierStatus.CANNOT_TELL
    made.act(one)
    assert uploaded(server) == []


@pytest.mark.parametrize("mood", ["refuses", "full"])
def test_a_server_that_does_not_take_it_has_not_got_it(server: Server, tmp_path: Path, mood: str) -> None:
    one = ask()
    made = carrier(server, tmp_path)
    server.mood = mood
    told = made.act(one)
    assert (told.status, told.fault, told.reason) == (CarrierStatus.PASSING, Fault.OURS, "place_unreachable")
    server.mood = ""
    assert made.look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
    assert f"asks-{one.key}.csv" not in uploaded(server)
    assert made.act(one).status is CarrierStatus.WAITING
    assert f"asks-{one.key}.csv" in uploaded(server)


@pytest.mark.parametrize(
    "change",
    [{"sftp_port": 1}, {"sftp_user": "somebody"}, {"sftp_host_key": "other"}],
    ids=["nobody", "login", "impostor"],
)
def test_nobody_there_is_passing_for_an_ask_and_unsure_for_a_look(
    server: Server, tmp_path: Path, change: dict[str, Any]
) -> None:
    if change.get("sftp_host_key"):
        change = {
            "sftp_host_key": asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
        }
    before = server.logins
    one = ask()
    made = carrier(server, tmp_path, **change)
    told = made.act(one)
    assert (told.status, told.fault, told.reason) == (CarrierStatus.PASSING, Fault.OURS, "place_unreachable")
    assert PASSWORD not in repr(made) + repr(vars(made)) + told.raw
    if "sftp_host_key" in change:
        assert server.logins == before  # no password was shown to an impostor
    with pytest.raises(ProviderUnsure):
        made.look_up(one.key)
    assert uploaded(server) == []
    assert carrier(server, tmp_path).act(one).status is CarrierStatus.WAITING


@pytest.mark.parametrize("name", ["../escape.csv", ".hidden.csv"])
def test_a_name_of_theirs_leads_nowhere_else(server: Server, tmp_path: Path, name: str) -> None:
    from tsuzuki.carriers.csvbatch.sftp import _plain

    assert not _plain(name)


def test_a_file_too_large_for_an_answer_is_not_brought(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has their server could fill the memory of ours."""
    for module in ("csv_rows", "sftp"):
        monkeypatch.setattr(f"tsuzuki.carriers.csvbatch.{module}.LARGEST", 1 << 20)
    (server.root / "down" / "r.csv").write_bytes(b"key,result\n" + b"x" * (2 << 20))
    with pytest.raises(ProviderUnsure):
        carrier(server, tmp_path).look_up(ask().key)
    assert not (tmp_path / "in" / "r.csv").exists()


@pytest.mark.parametrize("lacks", ["sftp_host_key", "sftp_secret"])
def test_it_is_not_built_without_what_keeps_it_safe(server: Server, tmp_path: Path, lacks: str) -> None:
    with pytest.raises(LookupError, match=lacks):
        carrier(server, tmp_path, **{lacks: ""})


@pytest.mark.parametrize(
    "named",
    ["DATABASE_URL", "TSUZUKI_SECRET", "TSUZUKI_SFTP", "TSUZUKI_SFTP_", "tsuzuki_sftp_x", "TSUZUKI_SFTP_X\n"],
)
def test_a_row_opens_no_secret_but_those_made_for_it(tmp_path: Path, named: str) -> None:
    """Whoever writes the row: the password would go to the server it names."""
    settings = {
        "folder": str(tmp_path),
        "sftp_host": "127.0.0.1",
        "sftp_user": "x",
        "sftp_host_key": "ssh-ed25519 AAAA",
        "sftp_secret": named,
    }
    with pytest.raises(LookupError, match="must begin with TSUZUKI_SFTP_"):
        registry.load("csvbatch", {named: "a secret of another"}, settings)
