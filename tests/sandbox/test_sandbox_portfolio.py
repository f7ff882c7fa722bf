"""What the portfolio promises, for the seeds 0 to 39."""

import ast
import math
import subprocess
import sys
import uuid
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadlex_pandas.sandbox import portfolio as module
from leadlex_pandas.sandbox.firm import PARTNERS, TOPICS
from leadlex_pandas.sandbox.mailing import mail
from leadlex_pandas.sandbox.portfolio import COUNTS, DEFAULT_SEED, Portfolio, portfolio

SEEDS = range(40)
FOLDER = Path(module.__file__).parent
EVENTS = ["replied_count", "bounced_count", "unsubscribed_count"]


@pytest.fixture(scope="module")
def portfolios() -> dict[int, Portfolio]:
    return {seed: portfolio(seed) for seed in SEEDS}


@pytest.fixture(params=SEEDS)
def one(request: pytest.FixtureRequest, portfolios: dict[int, Portfolio]) -> Portfolio:
    return portfolios[request.param]


def traps(one: Portfolio) -> dict[str, pd.Series]:
    counts = one.counts
    return {
        "untracked": (counts["opened_count"] == 0) & (counts["sent_count"] > 0),
        "unsent": counts["sent_count"] == 0,
        "scanned": counts["clicked_count"] > counts["opened_count"],
    }


def test_forty_campaigns_in_one_order_everywhere(one: Portfolio) -> None:
    assert len(one.campaigns) == 40
    assert one.campaigns.index.equals(one.true_rates.index)
    assert one.campaigns.index.equals(one.counts.index)
    assert one.campaigns.index.name == "campaign_id"
    columns = ["label", "partner", "practice_group", "office", "pipeline", "steps", "contacts"]
    assert list(one.campaigns.columns) == columns
    assert one.true_rates.name == "reply_rate"
    assert tuple(one.counts.columns) == COUNTS
    assert set(one.counts.dtypes) == {pd.Int64Dtype()}


def test_ids_are_unique_uuids_of_version_4(one: Portfolio) -> None:
    assert one.campaigns.index.is_unique
    assert {(str(uuid.UUID(text)), uuid.UUID(text).version) for text in one.campaigns.index} == {
        (text, 4) for text in one.campaigns.index
    }


def test_ids_differ_between_seeds(portfolios: dict[int, Portfolio]) -> None:
    assert len({text for one in portfolios.values() for text in one.campaigns.index}) == 40 * len(SEEDS)


def test_labels_are_unique_and_of_usual_length(one: Portfolio) -> None:
    assert one.campaigns["label"].is_unique
    assert one.campaigns["label"].str.len().between(15, 45).all()


def test_all_labels_are_unique_and_of_usual_length() -> None:
    assert len({topic.label for topic in TOPICS}) == len(TOPICS) >= 40
    assert all(15 <= len(topic.label) <= 45 and topic.label == topic.label.strip() for topic in TOPICS)


def test_a_partner_has_one_group_and_one_office(one: Portfolio) -> None:
    firm = {(partner.name, partner.practice_group, partner.office) for partner in PARTNERS}
    assert len({partner.name for partner in PARTNERS}) == len(PARTNERS)
    assert set(one.campaigns[["partner", "practice_group", "office"]].itertuples(index=False, name=None)) <= firm
    assert one.campaigns["practice_group"].nunique() == 5
    assert set(one.campaigns["pipeline"]) == {"Hunting", "Farming"}


def test_thirty_four_are_alike_and_six_are_odd(one: Portfolio) -> None:
    odd = one.true_rates[one.true_rates != 0.04]
    assert len(odd) == 6
    factors = np.maximum(odd / 0.04, 0.04 / odd)
    assert factors.between(1.5 - 1e-12, 2.5 + 1e-12).all()
    assert factors.nunique() == 6


def test_sides_by_seed(one: Portfolio) -> None:
    higher, lower = int((one.true_rates > 0.04).sum()), int((one.true_rates < 0.04).sum())
    if one.seed % 2:
        assert higher >= 1
        assert lower >= 1
    else:
        assert (higher, lower) == ((6, 0) if one.seed % 4 == 0 else (0, 6))


def test_sends_are_one_of_each_log_bin(one: Portfolio) -> None:
    sends = one.counts["sent_count"].astype(int)
    sends = np.sort(sends[sends > 0].to_numpy())
    assert len(sends) == 39
    assert sends.min() >= 30
    assert sends.max() <= 3_000
    edges = 30 * 100 ** (np.arange(41) / 40)
    # the lowest bin belongs to the campaign that has sent nothing; sends are rounded, hence the half
    assert (sends >= edges[1:40] - 0.5).all()
    assert (sends <= edges[2:] + 0.5).all()


def test_contacts_explain_the_sends(one: Portfolio) -> None:
    mailed = one.counts["sent_count"] > 0
    sends = one.counts.loc[mailed, "sent_count"]
    contacts, steps = one.campaigns.loc[mailed, "contacts"], one.campaigns.loc[mailed, "steps"]
    assert one.campaigns["steps"].between(1, 5).all()
    assert ((contacts <= sends) & (sends <= contacts * steps)).all()
    assert (one.counts[EVENTS].sum(axis=1) <= one.campaigns["contacts"]).all()


def test_counts_are_possible(one: Portfolio) -> None:
    counts = one.counts
    assert (counts >= 0).all(axis=None)
    assert (counts["opened_count"] <= counts["sent_count"]).all()
    assert (counts["clicked_count"] <= counts["sent_count"]).all()


def test_three_traps_among_the_alike(one: Portfolio) -> None:
    found = traps(one)
    assert {name: int(where.sum()) for name, where in found.items()} == {"untracked": 1, "unsent": 1, "scanned": 1}
    assert not (found["untracked"] & found["scanned"]).any()
    for where in found.values():
        assert (one.true_rates[where.astype(bool)] == 0.04).all()


def test_each_trap_is_as_described(one: Portfolio) -> None:
    rows = {name: one.counts[where.astype(bool)].iloc[0] for name, where in traps(one).items()}
    assert (rows["unsent"] == 0).all()
    assert one.campaigns.loc[rows["unsent"].name, "contacts"] > 0
    assert rows["untracked"]["clicked_count"] == 0
    assert rows["untracked"]["replied_count"] > 0
    assert 0 < rows["scanned"]["opened_count"] < rows["scanned"]["clicked_count"] <= rows["scanned"]["sent_count"]


def test_same_seed_same_portfolio() -> None:
    first, second = portfolio(11), portfolio(11)
    pd.testing.assert_frame_equal(first.campaigns, second.campaigns)
    pd.testing.assert_frame_equal(first.counts, second.counts)
    pd.testing.assert_series_equal(first.true_rates, second.true_rates)


def test_hash_order_and_process_do_not_matter() -> None:
    code = (
        "from leadlex_pandas.sandbox.portfolio import portfolio; p = portfolio(5);"
        "print(p.campaigns.join(p.counts).join(p.true_rates).to_json(double_precision=15))"
    )
    ours = portfolio(5)
    expected = ours.campaigns.join(ours.counts).join(ours.true_rates).to_json(double_precision=15)
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=FOLDER.parents[1],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(FOLDER.parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        assert ran.stdout.strip() == expected


def test_seeds_differ_and_the_default_has_both_sides() -> None:
    default = portfolio()
    assert default.seed == DEFAULT_SEED
    assert (default.true_rates > 0.04).any()
    assert (default.true_rates < 0.04).any()
    assert not portfolio(1).counts.reset_index(drop=True).equals(portfolio(3).counts.reset_index(drop=True))


@pytest.mark.parametrize("seed", [-1, 1.5, "3", None, True])
def test_a_wrong_seed_is_refused(seed: object) -> None:
    with pytest.raises(ValueError, match=r"^seed must be an integer from 0, not .*\.$"):
        portfolio(seed)  # type: ignore[arg-type]


def test_a_numpy_integer_is_a_seed() -> None:
    assert portfolio(np.int64(4)).seed == 4


def test_pooled_replies_are_binomial(portfolios: dict[int, Portfolio]) -> None:
    alike = pd.concat([one.counts[one.true_rates == 0.04] for one in portfolios.values()])
    sends, replies = int(alike["sent_count"].sum()), int(alike["replied_count"].sum())
    assert abs(replies - 0.04 * sends) / math.sqrt(sends * 0.04 * 0.96) < 4


def test_replies_scatter_between_campaigns_as_binomials_do(portfolios: dict[int, Portfolio]) -> None:
    every = pd.concat([one.counts.join(one.true_rates) for one in portfolios.values()])
    every = every[every["sent_count"] > 0]
    sends, rates = every["sent_count"].astype(float), every["reply_rate"]
    squares = (every["replied_count"] - sends * rates) ** 2 / (sends * rates * (1 - rates))
    # for a binomial, Var(z^2) = 2 + (1 - 6 p q) / (n p q)
    spread = math.sqrt((2 + (1 - 6 * rates * (1 - rates)) / (sends * rates * (1 - rates))).sum())
    assert abs(float(squares.sum()) - len(squares)) / spread < 4


def test_mailing_gives_the_asked_rates() -> None:
    tally = mail(np.random.default_rng(0), sends=60_000, steps=1, reply_rate=0.08)
    assert (tally.sent, tally.contacts) == (60_000, 60_000)
    expected = {"replied": 0.08, "bounced": 0.92 * 0.01, "unsubscribed": 0.92 * 0.002, "opened": 0.45}
    for name, rate in expected.items():
        # a bounced email is not opened, hence a little less than the mean propensity
        rate = rate * (1 - 0.92 * 0.01) if name == "opened" else rate
        assert abs(getattr(tally, name) - 60_000 * rate) < 4 * math.sqrt(60_000 * rate * (1 - rate)), name
    assert 0.10 <= tally.clicked / tally.opened <= 0.20


def test_opens_of_one_recipient_are_alike() -> None:
    rng = np.random.default_rng(0)
    opened = np.array([mail(rng, sends=5, steps=5, reply_rate=0.0).opened for _ in range(4_000)])
    independent = 5 * 0.45 * 0.55
    assert opened.var() > 1.8 * independent


def test_the_sandbox_imports_nothing_of_the_package() -> None:
    files = sorted(FOLDER.glob("*.py"))
    assert len(files) >= 3
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, file.name
                names = [node.module or ""] if node.level == 0 else []
            else:
                names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            outside = [name for name in names if name.split(".")[0] == "leadlex_pandas"]
            assert not outside, file.name
            roots = {name.split(".")[0] for name in names}
            assert roots <= {*sys.stdlib_module_names, "numpy", "pandas"}, file.name
