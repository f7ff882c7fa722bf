"""The statistics as pure functions: arrays (broadcast) or scalars in, the same out; numpy and scipy only.

Missing values and n = 0 give NaN; negative counts and levels outside (0, 1) raise `InputError`, a ValueError.
"""

from .comparison import homogeneity_test, rest_test, target_test
from .differences import difference_interval, ratio_interval
from .dispersion import design_effect, dispersion_score, fit_beta_binomial
from .groups import group_intervals, group_test
from .intervals import count_rate_interval, proportion_interval
from .limits import funnel_limits, laney_limits, p_chart_limits
from .multiple import adjust_p_values
from .power import detectable_rate, power_two_rates, sends_needed, sends_per_arm
from .shrinkage import expected_loss, prob_greater, rank_intervals, shrink
from .strata import stratified_comparison

__all__ = [
    "adjust_p_values",
    "count_rate_interval",
    "design_effect",
    "detectable_rate",
    "difference_interval",
    "dispersion_score",
    "expected_loss",
    "fit_beta_binomial",
    "funnel_limits",
    "group_intervals",
    "group_test",
    "homogeneity_test",
    "laney_limits",
    "p_chart_limits",
    "power_two_rates",
    "prob_greater",
    "proportion_interval",
    "rank_intervals",
    "ratio_interval",
    "rest_test",
    "sends_needed",
    "sends_per_arm",
    "shrink",
    "stratified_comparison",
    "target_test",
]
