"""Groups of campaigns: Pearson's chi-square, plain readings, published standardised rates, and worlds that are known."""

from collections import defaultdict
from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from leadlex_pandas.errors import InputError
from leadlex_pandas.stats import group_intervals, group_test, proportion_interval

# Bickel, Hammel and O'Connell (1975), Science 187:398: admitted and applicants of six majors at Berkeley, men then women
BERKELEY = [(512, 825), (353, 560), (120, 325), (138, 417), (53, 191), (22, 373), (89, 108), (17, 25), (202, 593), (131, 375), (94, 393), (24, 341)]  # fmt: skip


def portfolio(rng, sizes, alpha=4, beta=96):
    group = np.repeat(np.arange(len(sizes)), sizes)
    n = np.exp(rng.uniform(np.log(100), np.log(3000), len(group))).astype(int)
    return rng.binomial(n, rng.beta(alpha, beta, len(group))), n, group


def plain_intervals(rows, level):
    """METHODS 2.8 by loops over (k, n, group)."""
    sums = defaultdict(lambda: [0, 0])
    for k, n, g in rows:
        sums[g] = [sums[g][0] + k, sums[g][1] + n]
    common = sum(k for k, _, _ in rows) / sum(n for _, n, _ in rows)
    spread = sum((k - n * sums[g][0] / sums[g][1]) ** 2 / (n * common * (1 - common)) for k, n, g in rows)
    expected = sum(1 - n / sums[g][1] for _, n, g in rows)
    rho = (spread - expected) / sum((n - 1) * (1 - n / sums[g][1]) for _, n, g in rows)
    rho = min(max(rho, 0.0), 1.0)
    t = stats.t.ppf((1 + level) / 2, len(rows) - len(sums))
    for g in sorted(sums):
        k, n = sums[g]
        phi = sum(m * (1 + (m - 1) * rho) for _, m, own in rows if own == g) / n
        k, n = k / phi, n / phi
        half = t * sqrt(k * (n - k) / n + t**2 / 4)
        yield sums[g][0] / sums[g][1], (k + t**2 / 2 - half) / (n + t**2), (k + t**2 / 2 + half) / (n + t**2), phi


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_intervals_by_a_plain_reading(seed, level):
    k, n, group = portfolio(np.random.default_rng(seed), [2, 5, 3, 1])
    found = group_intervals(k, n, group, level=level)
    expected = list(plain_intervals(list(zip(k.tolist(), n.tolist(), group.tolist(), strict=True)), level))
    np.testing.assert_allclose(np.transpose(found), expected, rtol=1e-9)


def test_many_campaigns_alike_weigh_as_their_emails():
    k, n = np.full(400, 4), np.full(400, 100)
    found = group_intervals(k, n, np.arange(400) % 2)
    assert found.design_effects.tolist() == [1, 1]
    low, high = proportion_interval(800, 20000)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=3e-3)  # t of 398 is nearly z


def test_published_standardised_rates():
    # Freedman, Pisani and Purves, Statistics, chapter 2: weighted by applicants, men 39 % and women 43 % (crude: 45 % and 30 %)
    k, n = np.transpose(BERKELEY)
    sex, major = np.repeat(["men", "women"], 6), np.tile(list("ABCDEF"), 2)
    assert group_intervals(k, n, sex).rates.round(2).tolist() == [0.45, 0.30]
    assert group_intervals(k, n, sex, strata=major).rates.round(2).tolist() == [0.39, 0.43]


def test_strata_whose_campaigns_are_alike_have_the_variance_of_a_weighted_mean():
    k, n = np.transpose(BERKELEY)
    sex, major = np.repeat(["men", "women"], 6), np.tile(list("ABCDEF"), 2)
    found = group_intervals([*k, *k], [*n, *n], [*sex, *sex], strata=[*major, *major])
    weight = (n[:6] + n[6:]) / n.sum()
    for row, part in enumerate((slice(0, 6), slice(6, 12))):
        p = k[part] / n[part]
        rate, variance = weight @ p, weight**2 @ (p * (1 - p) / (2 * n[part]))
        size, t = rate * (1 - rate) / variance, stats.t.ppf(0.975, 24 - 12)
        for limit in (found.low[row], found.high[row]):  # Wilson's equation at the size with that variance
            assert (rate - limit) ** 2 == pytest.approx(t**2 * limit * (1 - limit) / size, rel=1e-9)
    single = group_intervals(k, n, sex, strata=major)  # nothing tells how far two classes of one major would differ
    assert np.isnan([*single.low, *single.high]).all()


def test_limits_cover_within_strata():
    rng = np.random.default_rng(0)
    mean = np.array([0.02, 0.08])
    group, stratum = np.repeat(np.arange(3), 4), np.tile([0, 0, 1, 1], 3)
    inside = []
    for _ in range(500):
        n = np.exp(rng.uniform(np.log(100), np.log(3000), 12)).astype(int)
        k = rng.binomial(n, rng.beta(60 * mean[stratum], 60 * (1 - mean[stratum])))
        truth = mean @ np.bincount(stratum, weights=n) / n.sum()
        _, low, high, _ = group_intervals(k, n, group, strata=stratum)
        inside.append((low <= truth) & (truth <= high))
    assert 0.92 <= np.mean(inside) <= 0.98  # .93 to .95 in long runs; with M - G degrees of freedom .91


def test_strata_without_any_event_leave_the_doubt_that_emails_leave():
    # all campaigns alike and a third of either group in each stratum: Wilson's upper limit at 0 of n is t^2 / (n + t^2)
    k, n = [0] * 6 + [10] * 6, [100] * 12
    found = group_intervals(k, n, list("a" * 6 + "b" * 6), strata=list("xxyyzz" * 2))
    t = stats.t.ppf(0.975, 12 - 6)
    assert found.design_effects.tolist() == [1, 1]
    assert (found.low[0], found.high[0]) == (0, pytest.approx(t**2 / (600 + t**2), rel=1e-12))
    p = 0.1  # and of the others by Wilson's equation, as if there were no strata
    for limit in (found.low[1], found.high[1]):
        assert (p - limit) ** 2 == pytest.approx(t**2 * limit * (1 - limit) / 600, rel=1e-9)


DESIGNS = [([2] * 4, False), ([4] * 4, False), ([10] * 4, False), ([4] * 4, True)]


def alike_in_mean(rng, sizes, large):
    """Groups alike in mean but spread; `large` puts all the large campaigns into one group."""
    k, n, group = portfolio(rng, sizes)
    if large:
        n = np.where(group == 0, 3000, 200)
        k = rng.binomial(n, rng.beta(4, 96, len(n)))
    return k, n, group


@pytest.mark.parametrize(("sizes", "large"), DESIGNS)
def test_limits_cover_groups_alike_in_mean(sizes, large):
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(500):
        _, low, high, _ = group_intervals(*alike_in_mean(rng, sizes, large))
        inside.append((low <= 0.04) & (high >= 0.04))
    assert 0.93 <= np.mean(inside) <= 0.98


def test_statistic_is_pearsons_where_campaigns_are_alike():
    k, n, group = [41, 40, 42, 39, 80, 85], [1000, 1000, 1000, 1000, 2000, 2000], list("aabbcc")
    found = group_test(k, n, group)
    table = [[81, 1919], [81, 1919], [165, 3835]]
    expected = stats.chi2_contingency(table, correction=False)
    assert found.rho == 0
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue, abs=0.1)  # a little less, as some draws find a spread


def test_statistic_and_correlation_by_a_plain_reading():
    k, n, group = portfolio(np.random.default_rng(3), [3, 4, 5], alpha=2, beta=48)
    common = k.sum() / n.sum()
    spread = ((k - n * common) ** 2 / (n * common * (1 - common))).sum()
    rho = (spread - (1 - n / n.sum()).sum()) / ((n - 1) * (1 - n / n.sum())).sum()
    each = n * common * (1 - common) * (1 + (n - 1) * rho)
    away = [((k - n * common)[group == g].sum() ** 2) / each[group == g].sum() for g in range(3)]
    found = group_test(k, n, group)
    assert 0 < rho < 1
    assert (found.statistic, found.rho) == pytest.approx((sum(away), rho))


def test_one_good_campaign_does_not_make_a_group():
    # a binomial regression takes ten emails of a campaign for ten witnesses
    k, n, group = [95, 18, 22, 21, 19, 23], [500] * 6, list("aaabbb")
    design = sm.add_constant(np.repeat([0.0, 1.0], 3))
    naive = sm.GLM(np.column_stack([k, np.subtract(n, k)]), design, family=sm.families.Binomial()).fit()
    assert naive.pvalues[1] < 1e-6
    assert group_test(k, n, group).p_value > 0.1


@pytest.mark.parametrize(("sizes", "large"), DESIGNS)
def test_groups_alike_in_mean_are_rejected_as_often_as_promised(sizes, large):
    rng = np.random.default_rng(0)
    rejected = [group_test(*alike_in_mean(rng, sizes, large), draws=199).p_value <= 0.05 for _ in range(400)]
    assert 0.03 <= np.mean(rejected) <= 0.08


def test_differences_between_groups_are_found():
    rng = np.random.default_rng(1)
    group = np.repeat([0, 1], 10)
    n = np.full(20, 1000)
    k = rng.binomial(n, rng.beta(40, 960, 20) * np.where(group == 0, 1, 2))
    assert group_test(k, n, group).p_value == 1 / 1000
    # a stratum that explains all of it leaves nothing to find
    assert np.isclose(group_test(k, n, group, strata=group).statistic, 0, atol=1e-18)


def test_order_seed_and_labels():
    k, n, group = portfolio(np.random.default_rng(5), [3, 4, 5])
    names = np.array(["x", "Corporate", "IP"])[group]
    order = np.random.default_rng(0).permutation(12)
    assert group_test(k[order], n[order], names[order]) == group_test(k, n, names)
    assert group_test(k, n, names, seed=1).p_value != group_test(k, n, names).p_value
    by_code, by_name = group_intervals(k, n, group), group_intervals(k, n, names)
    np.testing.assert_array_equal(np.array(by_name), np.array(by_code)[:, [1, 2, 0]])  # sorted: Corporate, IP, x


def test_what_cannot_be_used_changes_nothing():
    k, n, group = portfolio(np.random.default_rng(6), [3, 4])
    names = np.array(["a", "b"], object)[group]
    more_k, more_n = [*k, np.nan, 0, 9, 5, 5], [*n, 10, 0, 8, 50, 50]
    more_names = np.array([*names, "a", "b", "c", None, np.nan], object)
    found = group_intervals(more_k, more_n, more_names)
    np.testing.assert_allclose(np.array(found)[:, :2], group_intervals(k, n, names), rtol=1e-12)
    assert np.isnan(np.array(found)[:, 2]).all()
    assert group_test(more_k, more_n, more_names) == group_test(k, n, names)
    strata = np.array(["s"] * 7 + ["s", "s", "s", "s", None], object)
    np.testing.assert_allclose(
        np.array(group_intervals([*k, 5, 5, 5, 5, 5], [*n, 0, 0, 0, 0, 9], [*names, *"abaa", "b"], strata=strata)),
        group_intervals(k, n, names),
    )


def test_hardly_anything_to_compare():
    assert np.isnan(group_test([3, 4], [50, 60], ["a", "a"])).all()
    assert np.isnan(group_test([0, 0], [50, 60], ["a", "b"])).all()
    assert np.isnan(group_test([], [], [])).all()
    assert [each.tolist() for each in group_intervals([], [], [])] == [[]] * 4
    single = group_intervals([3, 6], [50, 60], ["a", "b"])  # one campaign each: nothing tells of the spread
    assert single.rates.tolist() == [0.06, 0.1]
    assert np.isnan([*single.low, *single.high]).all()
    single = group_intervals([0, 60], [50, 60], ["a", "b"])
    assert np.isnan([*single.low, *single.high]).all()
    nothing = group_intervals([0, 0, 0], [50, 60, 70], ["a", "a", "b"])
    assert nothing.low.tolist() == [0, 0]
    assert (nothing.high > 0.02).all()


def test_a_billion_sends():
    n = np.full(6, 10**9)
    k = np.array([30, 31, 29, 45, 44, 46]) * 10**6
    found = group_intervals(k, n, list("aaabbb"))
    assert found.rates.tolist() == [0.03, 0.045]
    assert (found.high - found.low).max() < 0.02
    assert found.high[0] < found.low[1]
    assert group_test(k, n, list("aaabbb"), draws=99).p_value <= 0.1


@pytest.mark.parametrize(("call", "message"), [
    (lambda: group_intervals([1.5], [5], ["a"]), "group_intervals: successes must be whole counts, but one is 1.5."),
    (lambda: group_intervals([1], [5], ["a"], level=95), "group_intervals: level must lie between 0 and 1 (exclusive), not 95. Did you mean 0.95?"),
    (lambda: group_intervals([1, 2], [5, 5], np.array(["a", 1], object)), "group_intervals: groups must be labels that can be sorted, all texts or all numbers."),
    (lambda: group_intervals([1, 2], [5, 5], ["a", "b"], strata=np.array([1, "b"], object)), "group_intervals: strata must be labels that can be sorted, all texts or all numbers."),
    (lambda: group_test([1, 2], [5, 5], ["a", "b", "c"]), "group_test: the arguments do not fit each other, their shapes are (2,) and (2,) and (3,) and ()."),
    (lambda: group_test([1, -2], [5, 5], ["a", "b"]), "group_test: successes must be finite counts of at least 0, but one is -2."),
    (lambda: group_test([1, 2], [5, 5], ["a", "b"], draws=0), "group_test: draws must be a whole number of at least 1, not 0."),
    (lambda: group_test([1, 2], [5, 5], ["a", "b"], seed=0.5), "group_test: seed must be a whole number of at least 0, not 0.5."),
])  # fmt: skip
def test_errors(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value) == message
