"""What every carrier must hold to, as far as its abilities go; then what only one of them does."""

import csv
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_process import SECRET, Sandbox
from tsuzuki.carriers import registry
from tsuzuki.carriers.port import (
    BatchAdapter,
    CarrierAdapter,
    CarrierRequest,
    CarrierStatus,
    EventAdapter,
    Fault,
    Verb,
)
from tsuzuki.core.errors import ProviderUnsure
from tsuzuki.core.plan import Allowance, AllowanceKind

NOW = datetime(2026, 5, 1, 3, 0, tzinfo=UTC)
NUMBER, ICCID = "+819012345678", "8981300000000000009"


def ask(key: str | None = None, **other: Any) -> CarrierRequest:
    allowances = (Allowance(AllowanceKind.DATA, 20 * 10**9), Allowance(AllowanceKind.VOICE, None))
    plain = CarrierRequest(
        key or fresh(),
        Verb.ADD_PLAN,
        NUMBER,
        ICCID,
        "p30",
        allowances,
        NOW,
        NOW + timedelta(days=30),
        "R-7K3QF",
    )
    return replace(plain, **other)


def fresh() -> str:
    return "k" + secrets.token_hex(10)


@dataclass
class Peer:
    """A carrier and how the world on its other side is made to answer, or None where it cannot be."""

    carrier: CarrierAdapter
    effects: Callable[[str], int]
    refuse_next: Callable[[str], None] | None = None
    confirm: Callable[[str], None] | None = None
    break_line: Callable[[], None] | None = None


def sandbox_peer(sandbox: Sandbox, tmp_path: Path) -> Peer:
    carrier = registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30})
    return Peer(
        carrier,
        lambda key: sandbox.json(f"carrier/effects?key={key}")["totals"]["deliveries"],
        refuse_next=lambda key: sandbox.press("carrier", "refuse", times=1),
        break_line=lambda: sandbox.press("carrier", "late", times=1),
    )


def byhand_peer(sandbox: Sandbox, tmp_path: Path) -> Peer:
    return Peer(registry.load("byhand", {}, {}), lambda key: 0)


def csvbatch_peer(sandbox: Sandbox, tmp_path: Path) -> Peer:
    folder = tmp_path / "carrier"

    def rows(key: str) -> int:
        return sum(row["key"] == key for row in asked(folder))

    return Peer(
        registry.load("csvbatch", {}, {"folder": str(folder)}),
        rows,
        refuse_next=lambda key: answer(folder, f"no-{key}.csv", f"{key},refused,,line_barred"),
        confirm=lambda key: answer(folder, f"yes-{key}.csv", f"{key},ok,REF1,"),
    )


def asked(folder: Path) -> list[dict[str, str]]:
    found = []
    for file in sorted((folder / "out").glob("*.csv")):
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found += list(csv.DictReader(lines))
    return found


def answer(
    folder: Path, name: str, *rows: str, head: str = "key,result,reference,reason", encoding: str = "utf-8"
) -> None:
    (folder / "in").mkdir(parents=True, exist_ok=True)
    (folder / "in" / name).write_bytes(("\r\n".join([head, *rows]) + "\r\n").encode(encoding))


@pytest.fixture(params=[sandbox_peer, byhand_peer, csvbatch_peer], ids=["sandbox", "byhand", "csvbatch"])
def peer(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Peer:
    made: Peer = request.param(sandbox, tmp_path)
    return made


class TestEveryCarrier:
    def test_its_abilities_make_sense(self, peer: Peer) -> None:
        can = peer.carrier.describe()
        assert 0 < can.timeout < can.lease
        assert can.at_once >= 1
        assert can.look_every > 0
        assert not (can.by_staff and can.looks_up)

    def test_an_ask_is_done_or_waits_and_carries_no_fault(self, peer: Peer) -> None:
        told = peer.carrier.act(ask())
        assert told.status in (CarrierStatus.DONE, CarrierStatus.WAITING)
        assert told.fault is None

    def test_a_repeat_of_the_same_ask_is_no_second_effect_where_keys_are_honoured(self, peer: Peer) -> None:
        one = ask()
        first = peer.carrier.act(one)
        again = peer.carrier.act(one)
        if peer.carrier.describe().honours_keys:
            assert (again.status, again.reference) == (first.status, first.reference)
            assert peer.effects(one.key) <= 1

    def test_a_look_up_tells_an_ask_that_came_from_one_that_never_did(self, peer: Peer) -> None:
        one = ask()
        told = peer.carrier.act(one)
        if not peer.carrier.describe().looks_up:
            assert peer.carrier.look_up(one.key).status is CarrierStatus.CANNOT_TELL
            return
        assert peer.carrier.look_up(one.key).status is told.status
        assert peer.carrier.look_up(fresh()).status is CarrierStatus.NEVER_RECEIVED

    def test_a_look_up_changes_nothing(self, peer: Peer) -> None:
        key = fresh()
        first = peer.carrier.look_up(key)
        assert peer.carrier.look_up(key) == first
        assert peer.effects(key) == 0

    def test_a_refusal_says_whose_fault_it_is_and_leaves_no_effect(self, peer: Peer) -> None:
        if peer.refuse_next is None:
            pytest.skip("nobody refuses here")
        one = ask()
        peer.refuse_next(one.key)
        peer.carrier.act(one)
        told = peer.carrier.look_up(one.key)
        assert told.status is CarrierStatus.REFUSED
        assert told.fault in set(Fault)
        assert told.reason

    def test_a_later_answer_ends_the_waiting(self, peer: Peer) -> None:
        if peer.confirm is None:
            pytest.skip("answers at once, or by staff")
        one = ask()
        assert peer.carrier.act(one).status is CarrierStatus.WAITING
        peer.confirm(one.key)
        told = peer.carrier.look_up(one.key)
        assert (told.status, told.reference) == (CarrierStatus.DONE, "REF1")

    def test_a_broken_line_after_asking_is_unsure_and_recovers_to_one_effect(self, peer: Peer) -> None:
        if peer.break_line is None:
            pytest.skip("no line to break")
        one = ask()
        peer.break_line()
        with pytest.raises(ProviderUnsure):
            peer.carrier.act(one)
        assert peer.carrier.look_up(one.key).status is CarrierStatus.DONE
        assert peer.carrier.act(one).status is CarrierStatus.DONE
        assert peer.effects(one.key) == 1

    def test_many_at_once_answers_every_key(self, peer: Peer) -> None:
        if not isinstance(peer.carrier, BatchAdapter):
            pytest.skip("one at a time")
        several = [ask() for _ in range(5)]
        told = peer.carrier.act_many(several)
        assert set(told) == {one.key for one in several}

    def test_forged_events_are_none(self, peer: Peer) -> None:
        if not isinstance(peer.carrier, EventAdapter):
            pytest.skip("tells no events")
        for header in ("", "t=1,v1=00", "v1=", "t=x,v1=y", "t=1,v1=é"):
            assert (
                peer.carrier.read_event(
                    {"Sandbox-Signature": header}, b'{"id":"e","type":"t","side":"carrier"}', NOW
                )
                is None
            )

    def test_no_secret_in_its_repr(self, peer: Peer) -> None:
        assert SECRET not in repr(peer.carrier) + repr(vars(peer.carrier))


class TestSandbox:
    @pytest.fixture
    def carrier(self, sandbox: Sandbox) -> CarrierAdapter:
        return registry.load("sandbox", sandbox.environ, {"timeout": 10, "lease": 30})

    @pytest.mark.parametrize("how", ["late", "garbage", "error"])
    def test_acted_but_not_told_is_unsure(self, sandbox: Sandbox, carrier: CarrierAdapter, how: str) -> None:
        one = ask()
        sandbox.press("carrier", how)
        with pytest.raises(ProviderUnsure):
            carrier.act(one)
        assert carrier.look_up(one.key).status is CarrierStatus.DONE

    def test_silent_is_unsure_and_never_received(self, sandbox: Sandbox, carrier: CarrierAdapter) -> None:
        one = ask()
        sandbox.press("carrier", "silent")
        with pytest.raises(ProviderUnsure):
            carrier.act(one)
        assert carrier.look_up(one.key).status is CarrierStatus.NEVER_RECEIVED

    def test_slow_acts_only_when_the_line_is_dropped(self, sandbox: Sandbox, carrier: CarrierAdapter) -> None:
        one = ask()
        sandbox.press("carrier", "slow")
        with pytest.raises(ProviderUnsure):
            carrier.act(one)
        assert carrier.look_up(one.key).status is CarrierStatus.DONE

    def test_our_own_time_out_is_unsure_for_an_ask_and_for_a_look(self, sandbox: Sandbox, mute: str) -> None:
        waiting = registry.load("sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": mute}, {"timeout": 0.3})
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.act(ask())
        with pytest.raises(ProviderUnsure, match="Timeout"):
            waiting.look_up("k")

    @pytest.mark.parametrize(("how", "fault"), [("busy", None), ("poor", Fault.OURS)])
    def test_not_acted_is_passing_and_the_same_ask_goes_through_later(
        self, sandbox: Sandbox, carrier: CarrierAdapter, how: str, fault: Fault | None
    ) -> None:
        one = ask()
        sandbox.press("carrier", how, times=1)
        told = carrier.act(one)
        assert (told.status, told.fault) == (CarrierStatus.PASSING, fault)
        assert carrier.look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
        assert carrier.act(one).status is CarrierStatus.DONE

    @pytest.mark.parametrize(
        ("reason", "fault"),
        [("number_barred", Fault.BUYER), ("never_heard_of", Fault.FINAL), ("", Fault.FINAL)],
    )
    def test_a_refusal_is_classed_by_its_reason(
        self, sandbox: Sandbox, carrier: CarrierAdapter, reason: str, fault: Fault
    ) -> None:
        sandbox.press("carrier", "refuse", reason=reason)
        told = carrier.act(ask())
        assert (told.status, told.fault) == (CarrierStatus.REFUSED, fault)

    def test_a_carrier_that_ignores_keys_acts_again(self, sandbox: Sandbox, carrier: CarrierAdapter) -> None:
        one = ask()
        sandbox.press("carrier", "ignore_keys")
        carrier.act(one)
        carrier.act(one)
        assert sandbox.json(f"carrier/effects?key={one.key}")["keys"][one.key]["deliveries"] == 2

    def test_reversed_is_done_first_and_refused_when_looked_at(
        self, sandbox: Sandbox, carrier: CarrierAdapter
    ) -> None:
        one = ask()
        sandbox.press("carrier", "reverse")
        assert carrier.act(one).status is CarrierStatus.DONE
        told = carrier.look_up(one.key)
        assert (told.status, told.reason) == (CarrierStatus.REFUSED, "reversed")
        assert isinstance(carrier, EventAdapter)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        read = carrier.read_event(
            {"sandbox-signature": event["signature"]}, event["body"].encode(), datetime.now(UTC)
        )
        assert read is not None
        assert (read.id, read.key, read.reversed) == (event["id"], one.key, True)

    @pytest.mark.parametrize("how", ["silent", "garbage", "error", "busy"])
    def test_a_look_that_fails_is_unsure_and_never_a_verdict(
        self, sandbox: Sandbox, carrier: CarrierAdapter, how: str
    ) -> None:
        one = ask()
        carrier.act(one)
        sandbox.press("carrier/looks", how)
        for key in (one.key, fresh()):
            with pytest.raises(ProviderUnsure):
                carrier.look_up(key)

    def test_nobody_there_is_passing_for_an_ask_and_unsure_for_a_look(self, sandbox: Sandbox) -> None:
        nowhere = registry.load(
            "sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_URL": "http://127.0.0.1:1"}, {"timeout": 0.3}
        )
        assert nowhere.act(ask()).status is CarrierStatus.PASSING
        with pytest.raises(ProviderUnsure):
            nowhere.look_up("k")

    def test_a_wrong_credential_is_ours_and_nothing_was_done(self, sandbox: Sandbox) -> None:
        wrong = registry.load(
            "sandbox", {**sandbox.environ, "TSUZUKI_SANDBOX_SECRET": "other"}, {"timeout": 0.3}
        )
        told = wrong.act(ask())
        assert (told.status, told.fault) == (CarrierStatus.PASSING, Fault.OURS)
        with pytest.raises(ProviderUnsure):
            wrong.look_up("k")

    def test_a_stale_or_future_event_is_forged(self, sandbox: Sandbox, carrier: CarrierAdapter) -> None:
        one = ask()
        sandbox.press("carrier", "twice")
        carrier.act(one)
        event = sandbox.json(f"events.json?key={one.key}")[0]
        assert isinstance(carrier, EventAdapter)
        heads, raw, now = {"Sandbox-Signature": event["signature"]}, event["body"].encode(), datetime.now(UTC)
        assert carrier.read_event(heads, raw, now) is not None
        for off in (-400, 400):
            assert carrier.read_event(heads, raw, now + timedelta(seconds=off)) is None
        assert carrier.read_event(heads, raw.replace(one.key.encode(), b"k0"), now) is None


class TestCsvBatch:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "upstream"

    @pytest.fixture
    def carrier(self, folder: Path) -> Any:
        return registry.load("csvbatch", {}, {"folder": str(folder)})

    def test_one_file_for_a_batch_and_the_same_for_its_repeat(self, carrier: Any, folder: Path) -> None:
        several = [ask() for _ in range(3)]
        carrier.act_many(several)
        before = {file: file.read_bytes() for file in (folder / "out").iterdir()}
        assert len(before) == 1
        for repeat in (several, several[1:], list(reversed(several))):
            assert all(told.status is CarrierStatus.WAITING for told in carrier.act_many(repeat).values())
        assert {file: file.read_bytes() for file in (folder / "out").iterdir()} == before

    def test_a_batch_partly_handed_over_writes_only_the_rest(self, carrier: Any, folder: Path) -> None:
        old, new = ask(), ask()
        carrier.act_many([old])
        carrier.act_many([old, new])
        assert sorted(row["key"] for row in asked(folder)) == sorted([old.key, new.key])

    def test_an_ask_fetched_by_moving_it_to_taken_is_still_known(self, carrier: Any, folder: Path) -> None:
        one = ask()
        carrier.act(one)
        (folder / "taken").mkdir()
        for file in (folder / "out").iterdir():
            file.rename(folder / "taken" / file.name)
        assert carrier.look_up(one.key).status is CarrierStatus.WAITING
        carrier.act(one)
        assert asked(folder) == []

    def test_numbers_stay_text_and_no_cell_is_a_formula(self, carrier: Any, folder: Path) -> None:
        carrier.act(ask("12e34", plan="=HYPERLINK(1)", reference="@x"))
        row = asked(folder)[0]
        assert row["key"] == "'12e34"
        assert row["iccid"] == "'" + ICCID
        assert row["msisdn"] == "'" + NUMBER
        assert row["plan"] == "'=HYPERLINK(1)"
        assert row["reference"] == "'@x"
        assert row["starts_at"] == "2026-05-01T03:00:00+00:00"
        answer(folder, "a.csv", "'12e34,ok,R,")
        assert carrier.look_up("12e34").status is CarrierStatus.DONE

    @pytest.mark.parametrize("plan", ["1-2", "mar1", "\t=1", " =1", "-1", "+1", "0090", "1,000"])
    def test_cells_a_spreadsheet_would_change_are_marked(self, carrier: Any, folder: Path, plan: str) -> None:
        carrier.act(ask(plan=plan))
        assert asked(folder)[0]["plan"] == "'" + plan

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
    def test_answers_in_the_encodings_people_use(self, carrier: Any, folder: Path, encoding: str) -> None:
        one = ask()
        answer(folder, "a.csv", f"{one.key},refused,,回線停止中", encoding=encoding)
        told = carrier.look_up(one.key)
        assert (told.status, told.reason, told.fault) == (CarrierStatus.REFUSED, "回線停止中", Fault.FINAL)

    @pytest.mark.parametrize("row", ["{},perhaps,,", "{}", ",ok,,", "{},ok,REF,,extra", '"{}', "{},o"])
    def test_a_malformed_row_leaves_it_waiting(self, carrier: Any, folder: Path, row: str) -> None:
        one, other = ask(), ask()
        carrier.act_many([one, other])
        answer(folder, "a.csv", f"{other.key},ok,R2,", row.format(one.key))
        assert carrier.look_up(one.key).status is CarrierStatus.WAITING
        assert carrier.look_up(other.key).status is CarrierStatus.DONE

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe", b"key\x00,result\n", b"nothing here\n1,2\n", b"\x80\x81\xff" * 9]
    )
    def test_a_file_that_is_no_answer_is_ignored(self, carrier: Any, folder: Path, content: bytes) -> None:
        one = ask()
        carrier.act(one)
        (folder / "in").mkdir()
        (folder / "in" / "a.csv").write_bytes(content)
        assert carrier.look_up(one.key).status is CarrierStatus.WAITING

    def test_partial_late_and_repeated_files(self, carrier: Any, folder: Path) -> None:
        one, two = ask(), ask()
        carrier.act_many([one, two])
        answer(folder, "1.csv", f"{one.key},OK,R1,")
        assert carrier.look_up(two.key).status is CarrierStatus.WAITING
        answer(folder, "2.csv", f"{one.key},ok,R1,", f"{two.key}, ok ,R2,")
        assert [carrier.look_up(each.key).reference for each in (one, two)] == ["R1", "R2"]

    def test_answers_that_contradict_each_other_are_for_people(self, carrier: Any, folder: Path) -> None:
        one = ask()
        carrier.act(one)
        answer(folder, "1.csv", f"{one.key},ok,R1,")
        answer(folder, "2.csv", f"{one.key},refused,,x")
        assert carrier.look_up(one.key).status is CarrierStatus.CANNOT_TELL

    def test_a_folder_that_cannot_be_written_is_passing_and_ours(self, tmp_path: Path) -> None:
        (tmp_path / "upstream").write_text("a file, no folder")
        told = registry.load("csvbatch", {}, {"folder": str(tmp_path / "upstream")}).act(ask())
        assert (told.status, told.fault) == (CarrierStatus.PASSING, Fault.OURS)

    def test_nothing_half_written_is_left_or_read(
        self, carrier: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        one = ask()
        monkeypatch.setattr("os.replace", full)
        assert carrier.act(one).status is CarrierStatus.PASSING
        assert [file for file in folder.rglob("*") if file.is_file()] == []
        assert carrier.look_up(one.key).status is CarrierStatus.NEVER_RECEIVED
