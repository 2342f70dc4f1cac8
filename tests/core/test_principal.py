"""Who buys, as a value."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsuzuki.core.principal import Principal, PrincipalKind

names = st.text(min_size=1, max_size=40)
principals = st.one_of(
    st.builds(Principal.account, st.uuids()),
    st.builds(Principal.staff, names),
    st.builds(Principal.command_line, names),
    st.builds(Principal.system, names),
    st.just(Principal.visitor()),
    st.just(Principal.imported()),
)


@given(principals)
def test_kind_and_id_are_all_of_it(one):
    assert Principal(PrincipalKind(one.kind.value), one.id) == one
    assert (one.account_id is not None) == (one.kind is PrincipalKind.ACCOUNT)


@given(st.uuids())
def test_an_account_is_known_by_its_id(id):
    assert Principal.account(id).account_id == id


@pytest.mark.parametrize("id", ["", "x", str(UUID(int=1)).replace("-", ""), "{" + str(UUID(int=1)) + "}"])
def test_an_account_without_its_id_is_a_bug(id):
    with pytest.raises((AssertionError, ValueError)):
        Principal(PrincipalKind.ACCOUNT, id)
