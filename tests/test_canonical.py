"""Which copy is kept, and why."""
import pytest
from hypothesis import given, strategies as st

from dedup.canonical import DEFAULT, Facts, check, choose, furniture
from dedup.errors import ConfigError

FACTS = {
    1: Facts("a/cut.txt", 1500, date="2024-05-02", source="Post", fields=3),
    2: Facts("b/whole.txt", 3000, date="2024-05-03", source="Courier", fields=1),
    3: Facts("b/page.html", 4000, leftovers=0.6, date="2024-05-01", fields=2),
    4: Facts("b/whole2.txt", 2990, date=None, source="wire", fields=1),
}


@pytest.mark.parametrize("policy, best", [
    (["earliest"], 3), (["latest"], 2), (["longest"], 3), (["cleanest"], 1), (["richest"], 1),
    (["source:WIRE"], 4), (["source:nobody", "latest"], 2), (["path:b/*", "earliest"], 3),
    (["path:*.txt", "longest"], 2), (DEFAULT, 2), ([], 1),
])
def test_policies(policy, best):
    chosen, why = choose([4, 3, 2, 1], policy, FACTS.__getitem__)
    assert chosen == best and why


def test_the_reason_names_what_decided():
    assert choose([1, 2], ["latest"], FACTS.__getitem__)[1] == "latest (2024-05-03)"
    assert choose([2, 4], ["longest"], FACTS.__getitem__)[1] == "first by id"
    assert choose([1, 2], ["richest"], FACTS.__getitem__)[1] == "richest (3 fields known)"
    assert choose([2, 5], ["richest"], {**FACTS, 5: Facts("c.txt", 10)}.__getitem__)[1] == "richest (1 field known)"


@pytest.mark.parametrize("policy", ["best", "source:", "path:", "longest:3", ""])
def test_unknown_policies_are_refused(policy):
    with pytest.raises(ConfigError, match="policy"):
        check([policy])


def test_known_policies_are_not():
    check([*DEFAULT, "latest", "richest", "source:AP", "path:*/x.txt"])


POLICIES = ["earliest", "latest", "longest", "cleanest", "richest"]


@given(st.permutations([1, 2, 3, 4]), st.lists(st.sampled_from(POLICIES)))
def test_order_does_not_matter(members, policy):
    assert choose(members, policy, FACTS.__getitem__) == choose([1, 2, 3, 4], policy, FACTS.__getitem__)


def test_furniture():
    prose = "The council met on Tuesday and agreed, after four hours, that the matter needed another meeting.\n"
    assert furniture(prose * 3) == 0 == furniture("")
    assert .1 < furniture("Home\nNews\nSport\nMost read\n" * 3 + prose * 3) < .4
    assert furniture("市政府星期二宣布图书馆将重新开放。\n") == 0
