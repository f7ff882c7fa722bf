"""The statistics as pure functions: arrays (broadcast) or scalars in, the same out; numpy and scipy only.

Missing values and n = 0 give NaN; negative counts and levels outside (0, 1) raise `InputError`, a ValueError.
"""

from .comparison import rest_test, target_test
from .dispersion import design_effect, dispersion_score, fit_beta_binomial
from .intervals import count_rate_interval, proportion_interval
from .multiple import adjust_p_values
from .power import sends_needed
from .shrinkage import expected_loss, prob_greater, rank_intervals, shrink

__all__ = [
    "adjust_p_values",
    "count_rate_interval",
    "design_effect",
    "dispersion_score",
    "expected_loss",
    "fit_beta_binomial",
    "prob_greater",
    "proportion_interval",
    "rank_intervals",
    "rest_test",
    "sends_needed",
    "shrink",
    "target_test",
]
