"""Everything that can go wrong, as one tree.

LeadlexError
├── ApiError                       the service answered with an error
│   ├── InvalidKeyError            401
│   ├── MissingPermissionError     403
│   ├── CampaignNotFoundError      404
│   ├── RateLimitError             429
│   └── ServerError                5xx
├── ConnectionFailedError          no answer came
├── UnexpectedResponseError        an answer came, but not the documented one
├── PartialReadError               some campaigns failed, the others are in `.stats`
│   ├── QuotaExhaustedError        the day's calls are used up
│   └── DeadlineExceededError      the time given to the read is over
├── MissingKeyError                no API key was given
├── InputError (and ValueError)    an argument or a value in a frame is not allowed
│   └── BaseMismatchError          rates over unlike bases, or of unlike things, would be compared
├── ColumnsError (and AttributeError, KeyError)   a frame lacks columns
└── HistoryError                   a history could not be opened, read or written

ReadInterrupted (a KeyboardInterrupt)   Ctrl-C during a read; no Exception, so that `except Exception` lets it through

LeadlexWarning (a UserWarning)
├── InconsistentCountsWarning
├── ProgressWarning
├── RateMismatchWarning
├── SmallPortfolioWarning
└── UnlikeStepsWarning

An error that leaves a read carries what had been read until then: `.stats` (the frame) and `.failures`
(campaign id -> error). All of them pickle. None of them ever holds the API key.
"""

from .calls import (
    ApiError,
    CampaignNotFoundError,
    ConnectionFailedError,
    InvalidKeyError,
    MissingPermissionError,
    RateLimitError,
    ServerError,
    UnexpectedResponseError,
)
from .cautions import (
    InconsistentCountsWarning,
    LeadlexWarning,
    ProgressWarning,
    RateMismatchWarning,
    SmallPortfolioWarning,
    UnlikeStepsWarning,
)
from .inputs import BaseMismatchError, ColumnsError, HistoryError, InputError, MissingKeyError
from .quota import Quota
from .quota import local_and_utc as local_and_utc
from .reads import DeadlineExceededError, PartialReadError, QuotaExhaustedError, ReadInterrupted
from .root import LeadlexError

__all__ = [
    "ApiError",
    "BaseMismatchError",
    "CampaignNotFoundError",
    "ColumnsError",
    "ConnectionFailedError",
    "DeadlineExceededError",
    "HistoryError",
    "InconsistentCountsWarning",
    "InputError",
    "InvalidKeyError",
    "LeadlexError",
    "LeadlexWarning",
    "MissingKeyError",
    "MissingPermissionError",
    "PartialReadError",
    "ProgressWarning",
    "Quota",
    "QuotaExhaustedError",
    "RateLimitError",
    "RateMismatchWarning",
    "ReadInterrupted",
    "ServerError",
    "SmallPortfolioWarning",
    "UnexpectedResponseError",
    "UnlikeStepsWarning",
]

# Tracebacks and pickles name a class by its module: let that be the one users import from, not the one it happens to
# stand in, so that a pickle can still be read when the class has moved.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
