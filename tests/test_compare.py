"""The explanation of a pair agrees with the decision, and its diff loses nothing."""
import pytest
from hypothesis import given, settings, strategies as st

from dedup.compare import diff, explain
from dedup.decision import decide
from dedup.tokenized import TokenizedText

STORY = """The harbour board of Lanesby voted on Tuesday to lengthen the northern mole by eighty metres.
Chairwoman Edith Marlowe said that winter storms had cost the fishing fleet eleven days at sea last year alone.
Work is to begin in April and will be paid for out of a levy on landed catch, which rises by two per cent.
Opponents, among them the owner of the yacht basin, Peter Quill, fear that the current will silt up the old entrance.
An engineer's report, which runs to ninety pages, found no evidence of that but asked for soundings every spring."""
LONGER = "LANESBY (Wire) - " + STORY + "\nThe mole was last repaired after the flood of 1953, when two lighters broke loose."
OTHER = """Lanesby will get a new school, the county decided on Friday after years of debate about the site.
The building for three hundred pupils goes up on the former brickworks, where the soil has to be cleaned first.
Parents had collected signatures for a plot closer to the station, which the railway refused to sell at any price.
Head teacher Agnes Bell welcomed the end of lessons in containers, some of which date from before she was born.
A competition among architects will be held in autumn, and the first stone is to be laid in the spring after that."""


def explained(left, right, threshold=.7, containment=.25):
    return explain(left, right, left, right, threshold=threshold, containment=containment)


def test_a_copy():
    found = explained(STORY, LONGER)
    assert found.match == "jaccard" and found.relation == "abridged" and found.objection is None
    assert found.flip_threshold == found.masked.similarity > .7
    assert explained(STORY, LONGER, threshold=found.flip_threshold).match == "jaccard"
    assert explained(STORY, LONGER, threshold=found.flip_threshold + .001).match == "containment"
    assert explained(STORY, LONGER, threshold=1, containment=1.1).match is None
    assert len(found.colliding) > 0 and max(found.colliding) < found.bands


def test_no_copy():
    found = explained(STORY, OTHER)
    assert found.match is None and found.relation is None
    assert found.masked.similarity < .05 and found.flip_containment is None


def test_masks_matter():
    menu = "\n".join(f"Menu entry number {number}" for number in range(60))
    found = explain(menu + "\n" + STORY, STORY, STORY, STORY, threshold=.7, containment=.25)
    assert found.raw.similarity < .5 and found.masked.similarity == 1 and found.match == "exact"


@pytest.mark.parametrize("pair", [(STORY, LONGER), (STORY, OTHER), ("", STORY), ("", ""), ("Rain.", "Rain!")])
def test_it_says_what_was_decided(pair):
    found = explained(*pair)
    again = explained(*pair[::-1])
    assert found.match == again.match and found.own == again.own[::-1]
    one, other = map(TokenizedText, pair)
    assert found.match == decide(one, other, found.masked.similarity, found.masked.containment, .7, .25)[0]


@given(st.lists(st.sampled_from(["rain ", "sun\n", " 雨", "Snow!", "  ", "قال ", "3.5"]), max_size=12),
       st.lists(st.sampled_from(["rain ", "sun\n", "雨が", "snow ", "\n", "قالَ "]), max_size=12))
@settings(deadline=None)
def test_the_diff_loses_nothing(left, right):
    left, right = "".join(left), "".join(right)
    segments = list(diff(left, right))
    assert "".join(segment.left for segment in segments) == left
    assert "".join(segment.right for segment in segments) == right
    assert all(segment.where == "both" or not (segment.left and segment.right) for segment in segments)
