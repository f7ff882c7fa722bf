"""Every form of `ids`, and every argument that is refused before a call is made."""

from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import requests

import leadlex_pandas
from leadlex_pandas import InputError
from tests.reader.raw_server import stats_answer

UUIDS = [UUID("0e37df36-f698-11e6-8dd4-cb9ced3df976"), UUID(int=7)]
A, B, C = "cmp_abc123", "cmp_b", "cmp_c"
MALFORMED = "read_stats: base_url must look like 'https://host/path', without query or fragment; the one given is not."


@pytest.fixture
def server(raw):
    """Answers every id."""
    return raw(lambda request: stats_answer())


@pytest.fixture
def no_call(monkeypatch):
    """Any attempt to call is a failure of the test."""

    def refuse(*_, **__):
        pytest.fail("a call was made")

    monkeypatch.setattr(requests.Session, "send", refuse)


def refused(ids="cmp_abc123", **options):
    """The text of the InputError."""
    with pytest.raises(InputError) as caught:
        leadlex_pandas.read_stats(ids, **{"api_key": "wbk_x", "base_url": "http://127.0.0.1:9", **options})
    assert isinstance(caught.value, ValueError)
    return str(caught.value)


@pytest.mark.parametrize(
    "ids",
    [
        [B, A, C],
        (B, A, C),
        iter([B, A, C]),
        (campaign_id for campaign_id in (B, A, C)),
        pd.Series([B, A, C]),
        pd.Series([B, A, C], index=["x", "y", "z"]),
        pd.Series([B, A, C], dtype="string"),
        pd.Series([B, A, C], dtype="category"),
        pd.Index([B, A, C]),
        np.array([B, A, C]),
        {B: 1, A: 2, C: 3}.keys(),
        [B, A, B, C, A],
    ],
    ids=lambda ids: type(ids).__name__,
)
def test_several_ids(server, read, ids):
    stats = read(server, ids)
    assert list(stats.index) == [B, A, C]
    assert sorted(server.asked) == [A, B, C]
    assert stats.columns[0] == "sent_count"


def test_one_uuid_is_one_id(server, read):
    assert list(read(server, UUIDS[0]).index) == [str(UUIDS[0])]


@pytest.mark.parametrize(
    "ids", [UUIDS, iter(UUIDS), pd.Series(UUIDS, index=["x", "y"]), [*UUIDS, str(UUIDS[0])]], ids=str
)
def test_several_uuids(server, read, ids):
    assert list(read(server, ids).index) == [str(UUIDS[0]), str(UUIDS[1])]


def test_uuids_in_an_index_and_a_mapping(server, read):
    frame = pd.DataFrame({"office": ["Bonn", "Trier"]}, index=pd.Index(UUIDS, dtype=object))
    assert read(server, frame)["office"].to_dict() == {str(UUIDS[0]): "Bonn", str(UUIDS[1]): "Trier"}
    assert read(server, {UUIDS[0]: "Name"})["label"].to_dict() == {str(UUIDS[0]): "Name"}


def test_a_hundred_thousand_ids(server, read):
    """Checked, kept in order and once each, and given up in time with what came."""
    ids = [f"c{number}" for number in range(100_000)]
    with pytest.raises(leadlex_pandas.DeadlineExceededError) as caught:
        read(server, (campaign_id for campaign_id in [*ids, *ids]), deadline=1, progress=False)
    came = list(caught.value.stats.index)
    assert came
    assert set(came) <= set(server.asked)
    assert came == sorted(came, key=lambda campaign_id: int(campaign_id[1:]))
    assert len(server.asked) == len(set(server.asked))


def test_one_str_is_one_id(server, read):
    assert list(read(server, "abc").index) == ["abc"]
    assert server.asked == ["abc"]


def test_mapping_gives_labels(server, read):
    stats = read(server, {B: "Patent alert", A: "M&A breakfast"})
    assert stats["label"].to_dict() == {B: "Patent alert", A: "M&A breakfast"}
    assert list(stats.columns[:2]) == ["label", "sent_count"]


@pytest.mark.parametrize("where", ["index", "named index", "column"])
def test_frame_carries_its_columns_with_their_types(server, read, where):
    carried = {
        "label": ["b", "a", "c"],
        "steps": pd.array([1, None, 3], dtype="Int64"),
        "office": pd.Categorical(["Köln", "Bonn", "Köln"]),
        "since": pd.to_datetime(["2026-01-01", "2026-02-01", None], utc=True),
        "cost": [0.5, np.nan, 2.0],
        7: [1, 2, 3],
    }
    ids = [B, A, C]
    frame = pd.DataFrame(carried, index=ids)
    if where == "named index":
        frame = frame.rename_axis("anything")
    if where == "column":
        frame = pd.DataFrame({**carried, "campaign_id": ids})
    before = frame.copy(deep=True)
    stats = read(server, frame)
    assert (list(stats.index), stats.index.name) == (ids, "campaign_id")
    assert list(stats.columns[:7]) == [*carried, "sent_count"]
    expected = pd.DataFrame(carried, index=pd.Index(ids, name="campaign_id"))
    pd.testing.assert_frame_equal(stats[list(carried)], expected, check_index_type=False)
    stats.loc[B, ["label", "cost"]] = ["changed", -1.0]
    pd.testing.assert_frame_equal(frame, before)


def test_duplicates_are_read_once_and_the_first_row_is_kept(server, read):
    frame = pd.DataFrame({"campaign_id": [B, A, B], "office": ["Köln", "Bonn", "Trier"]})
    assert read(server, frame)["office"].to_dict() == {B: "Köln", A: "Bonn"}
    assert sorted(server.asked) == [A, B]


def test_tracking_off_in_the_frame_counts(server, read):
    frame = pd.DataFrame({"track_opens": [False, True], "track_clicks": [True, False]}, index=[A, B])
    stats = read(server, frame)
    assert stats["open_rate"].isna().tolist() == [True, False]
    assert stats["click_rate"].isna().tolist() == [False, True]
    assert stats["caveats"].tolist() == ["tracking_off", "tracking_off"]


@pytest.mark.parametrize(
    ("campaign_id", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("ü x", "%C3%BC%20x"),
        ("%2e%2e", "%252e%252e"),
        ("a?b#c", "a%3Fb%23c"),
        ("...", "..."),
        (" a ", "%20a%20"),
        ("a;b=c&d+e", "a%3Bb%3Dc%26d%2Be"),
        ("\\..\\", "%5C..%5C"),
        ("http://x.example/", "http%3A%2F%2Fx.example%2F"),
        ("😀", "%F0%9F%98%80"),
        ("x" * 2000, "x" * 2000),
    ],
    ids=lambda text: text[:20],
)
def test_any_text_arrives_as_one_segment(server, read, campaign_id, segment):
    assert list(read(server, [campaign_id]).index) == [campaign_id]
    assert [request.target for request in server.requests] == [f"/v1/campaigns/{segment}/stats"]


def test_sandbox_understands_encoded_ids(own, read):
    stats = read(own, ["a/b", "ü x", "%2e%2e", "a?b#c"], errors="coerce")
    assert stats["read_error"].str.contains("404 campaign_not_found", regex=False).all()
    assert sorted(call.campaign_id for call in own.calls) == ["%2e%2e", "a/b", "a?b#c", "ü x"]


# --- refused before any call ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "name"), [(None, "NoneType"), (5, "int"), (b"x", "bytes"), (bytearray(b"x"), "bytearray")]
)
def test_no_ids_at_all(no_call, ids, name):
    assert refused(ids) == (
        f"read_stats: ids must be one id, several ids, a mapping from id to label, or a DataFrame, not {name}."
    )


@pytest.mark.parametrize(
    ("ids", "place", "shown"),
    [
        (["a", 3], 1, "3 (int)"),
        (["a", None], 1, "None (NoneType)"),
        (["a", "b", b"c"], 2, "b'c' (bytes)"),
        ([["a"]], 0, "['a'] (list)"),
        (pd.Series(["a", None], dtype=object), 1, "None (NoneType)"),
        (pd.Series([1, 2]), 0, "1 (int)"),
        (pd.DataFrame({"label": ["x"]}), 0, "0 (int)"),
        (pd.DataFrame({"campaign_id": [1.5]}), 0, "1.5 (float)"),
        ({1: "label"}, 0, "1 (int)"),
        (pd.DataFrame({"x": [1]}, index=pd.MultiIndex.from_tuples([("k", "a")])), 0, "('k', 'a') (tuple)"),
        ([("x" * 100,)], 0, "('" + "x" * 55 + "... (tuple)"),
    ],
    ids=str,
)
def test_ids_that_are_no_text(no_call, ids, place, shown):
    assert refused(ids) == (
        f"read_stats: ids[{place}] must be text, not {shown}. "
        "In a DataFrame the ids stand in the index or in a column 'campaign_id'."
    )


@pytest.mark.parametrize(
    "wrong",
    ["", " ", "\u00a0", "\u3000\t", ".", "..", "a\nb", "a\x00", "\x85", "\x7f", "\x1b[31m", "a\ud800", "\r\nHost: x"],
    ids=ascii,
)
@pytest.mark.parametrize("before", [[], ["a", "b"]], ids=len)
def test_ids_that_are_no_path_segment(no_call, wrong, before):
    text = (
        f"read_stats: ids[{len(before)}] must be one path segment, not {wrong!r}: not blank, not '.' or '..', "
        "and without control characters."
    )
    assert refused([*before, wrong]) == text
    assert text.isprintable()


@pytest.mark.parametrize("name", ["open_rate", "sent_count", "delivered_count", "fetched_at", "caveats", "read_error"])
def test_frame_with_a_column_of_ours(no_call, name):
    assert refused(pd.DataFrame({"label": ["x"], name: [1]}, index=["a"])) == (
        f"read_stats: the frame's own {name!r} would be overwritten by what is read. "
        "Pass only the ids (df.index) or drop these columns."
    )


def test_frame_with_all_columns_of_ours(no_call):
    assert refused(pd.DataFrame({"api_open_rate": [1], "x": [1], "click_rate": [1], "replied_count": [1]})) == (
        "read_stats: ids[0] must be text, not 0 (int). In a DataFrame the ids stand in the index or in a column "
        "'campaign_id'."
    )
    frame = pd.DataFrame({"api_open_rate": [1], "x": [1], "click_rate": [1], "replied_count": [1]}, index=["a"])
    assert refused(frame) == (
        "read_stats: the frame's own 'api_open_rate', 'click_rate' and 'replied_count' would be overwritten by what "
        "is read. Pass only the ids (df.index) or drop these columns."
    )


def test_frame_with_a_column_twice(no_call):
    frame = pd.DataFrame([["a", 1, 2]], columns=["campaign_id", "x", "x"])
    assert refused(frame) == "read_stats: the frame has more than one column 'x'. Drop or rename all but one."


def test_tracking_column_that_is_no_flag(no_call):
    frame = pd.DataFrame({"track_opens": ["yes", "maybe"]}, index=["a", "b"])
    assert refused(frame) == "read_stats: column 'track_opens' must hold True, False or missing values."


@pytest.mark.parametrize("values", [["Patent alert", "M&A breakfast"], [12, 13], ["a", None]], ids=str)
def test_series_with_the_ids_in_its_index(no_call, values):
    assert refused(pd.Series(values, index=["cmp_a", "cmp_b"], dtype=object)) == (
        "read_stats: ids is a Series with ids in its index and something else as values; pass series.to_dict() to "
        "read them with the values as labels, or series.index to read the ids."
    )


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("errors", "ignore", "errors must be 'raise' or 'coerce', not 'ignore'."),
        ("errors", "Raise", "errors must be 'raise' or 'coerce', not 'Raise'. Did you mean 'raise'?"),
        ("errors", None, "errors must be 'raise' or 'coerce', not None."),
        ("errors", ["raise"], "errors must be 'raise' or 'coerce', not ['raise']. Did you mean 'raise'?"),
        *(
            ("concurrency", value, f"concurrency must be a whole number of at least 1, not {value!r}.")
            for value in (0, -1, 1.5, True, "8", None, float("inf"), float("nan"), 10**400)
        ),
        *(
            ("timeout", value, f"timeout must be a number above 0, not {value!r}.")
            for value in (0, -1, "x", True, None, float("nan"), float("inf"), (3, 5), 10**400)
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_options(no_call, option, value, text):
    assert refused(**{option: value}) == f"read_stats: {text}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "garbage",
        "https://",
        "https:///path",
        "https://host?key=1",
        "https://host?",
        "https://host#top",
        "https://host/#",
        "https://host:99999",
        "https://host:0",
        "https://host:x",
        "https://[::1",
        "https://[host]",
        "https://a..b",
        "https://ho st",
        " https://host",
        "https://host\n",
        "https://ho\x00st",
        "https://host\\evil.example",
        "https://user:s3cret@host?x",
        0,
        False,
        b"https://host",
        ["https://host"],
    ],
    ids=ascii,
)
def test_malformed_base_url(no_call, url):
    assert refused(base_url=url) == MALFORMED


@pytest.mark.parametrize("url", ["garbage", "https://host?", "https://user:s3cret@host?x", " https://host"])
def test_malformed_base_url_in_the_environment(no_call, monkeypatch, url):
    monkeypatch.setenv("LEADLEX_BASE_URL", url)
    assert refused(base_url=None) == MALFORMED


@pytest.mark.parametrize(
    "url",
    [
        "http://host.example",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "//127.0.0.1",
        "http://localhost.example",
        "file://localhost/x",
    ],
)
def test_base_url_must_be_secure(no_call, url):
    text = f"read_stats: base_url must begin with https:// (http:// only on this machine), not {url!r}."
    assert refused(base_url=url) == text


@pytest.mark.parametrize("user", ["user:s3cret", "s3cret", ":s3cret", "127.0.0.1:80"])
@pytest.mark.parametrize("scheme", ["https", "http", "ftp"])
def test_base_url_with_credentials_shows_none_of_them(no_call, scheme, user):
    assert refused(base_url=f"{scheme}://{user}@host.example/path") == (
        "read_stats: base_url must not hold a user name or password; the key goes into api_key."
    )


# --- where the service is ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "/", "//", "/functions/v1/api-gateway", "/functions/v1/api-gateway/"])
def test_path_of_the_base_url_is_kept(server, read, tail):
    read(server, base_url=server.url + tail)
    assert [request.target for request in server.requests] == [f"{tail.rstrip('/')}/v1/campaigns/cmp_abc123/stats"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_http_on_this_machine(server, read, host):
    assert len(read(server, base_url=f"http://{host}:{server.port}")) == 1


def test_key_and_base_url_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("LEADLEX_API_KEY", "wbk_environment")
    monkeypatch.setenv("LEADLEX_BASE_URL", server.url)
    assert len(leadlex_pandas.read_stats("a")) == 1
    assert server.requests[0].headers["Authorization"] == "Bearer wbk_environment"


def test_arguments_win_over_the_environment(server, monkeypatch):
    monkeypatch.setenv("LEADLEX_API_KEY", "wbk_environment")
    monkeypatch.setenv("LEADLEX_BASE_URL", "http://127.0.0.1:9")
    leadlex_pandas.read_stats("a", api_key="wbk_argument", base_url=server.url)
    assert server.requests[0].headers["Authorization"] == "Bearer wbk_argument"


@pytest.mark.parametrize("timeout", [1e12, np.float32(5), 5])
def test_long_timeouts_are_no_problem(server, read, timeout):
    assert len(read(server, timeout=timeout, concurrency=np.int64(2))) == 1
