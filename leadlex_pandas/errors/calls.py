"""What one call may end with but the documented answer: an error status, no answer, another answer."""

from __future__ import annotations

from .root import LeadlexError


class ApiError(LeadlexError):
    """Raised when the service answers one campaign's request with an error status.

    What to do stands in the message of each subclass; an `ApiError` of no subclass is a status the service does not
    document: pass its request id to LeadLex support.

    Attributes
    ----------
    status : int
        The HTTP status.
    code : str or None
        The service's own code, such as ``"campaign_not_found"``; None where it gave none.
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    request_id : str or None
        The service's name for this request (``X-Request-ID``).

    Examples
    --------
    >>> from leadlex_pandas.errors import CampaignNotFoundError
    >>> print(CampaignNotFoundError(404, "campaign_not_found", "cmp_x", "req_7"))
    campaign 'cmp_x': 404 campaign_not_found (request req_7). No campaign of this workspace has this id; check it in LeadLex. If every campaign fails so, check base_url.
    """

    _advice = "This status is not documented; give the request id to LeadLex support."

    def __init__(self, status: int, code: str | None, campaign_id: str | None, request_id: str | None) -> None:
        super().__init__(status, code, campaign_id, request_id)
        self.status = status
        self.code = code
        self.campaign_id = campaign_id
        self.request_id = request_id

    def __str__(self) -> str:
        what = f"{self.status} {self.code}" if self.code else f"{self.status}"
        nowhere = self.campaign_id is None and self.status == 404
        advice = "There is no list of campaigns at this address; check base_url." if nowhere else self._advice
        return f"{_subject(self.campaign_id)}: {what}{_request(self.request_id)}. {advice}"


class InvalidKeyError(ApiError):
    """Raised for 401: the key is wrong or has expired. Make a new one and pass it; the read stopped at once.

    Examples
    --------
    >>> from leadlex_pandas.errors import InvalidKeyError
    >>> InvalidKeyError(401, "invalid_key", "cmp_x", None).status
    401
    """

    _advice = (
        "The API key is wrong or has expired: make a new one in LeadLex under Settings, API & Integrations, "
        "and pass it as api_key= or in LEADLEX_API_KEY."
    )


class MissingPermissionError(ApiError):
    """Raised for 403: the key lacks `campaigns:read`. Make a key that has it; the read stopped at once.

    Examples
    --------
    >>> from leadlex_pandas.errors import MissingPermissionError
    >>> MissingPermissionError(403, "insufficient_permissions", "cmp_x", None).code
    'insufficient_permissions'
    """

    _advice = (
        "The API key lacks the permission campaigns:read: make a key that holds it "
        "in LeadLex under Settings, API & Integrations."
    )


class CampaignNotFoundError(ApiError):
    """Raised for 404: the workspace of this key has no campaign with this id. Check the id, or leave it out.

    Examples
    --------
    >>> from leadlex_pandas.errors import CampaignNotFoundError
    >>> CampaignNotFoundError(404, None, "cmp_x", None).campaign_id
    'cmp_x'
    """

    _advice = (
        "No campaign of this workspace has this id; check it in LeadLex. If every campaign fails so, check base_url."
    )


class RateLimitError(ApiError):
    """Raised for 429 when waiting did not help, or the service asks to wait longer than 90 s. Read again later.

    Attributes
    ----------
    retry_after : float or None
        Seconds after which the service wants to be asked again; None where it did not say.

    Examples
    --------
    >>> from leadlex_pandas.errors import RateLimitError
    >>> RateLimitError(429, "rate_limited", "cmp_x", "req_7").request_id
    'req_7'
    """

    retry_after: float | None = None
    _advice = (
        "The service takes no calls for longer than is waited for (90 s at a time, five minutes of asking again); "
        "read the missing campaigns again in some minutes, or after midnight UTC if the day's calls are used up."
    )


class ServerError(ApiError):
    """Raised for 5xx after all attempts. The fault is the service's: read the missing campaigns again later.

    Examples
    --------
    >>> from leadlex_pandas.errors import ServerError
    >>> ServerError(503, None, "cmp_x", None).status
    503
    """

    _advice = "The service failed at every attempt; read the missing campaigns again later."


class ConnectionFailedError(LeadlexError):
    """Raised when no answer came after all attempts. Check the network, the proxy and `base_url`, then read again.

    Attributes
    ----------
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    reason : str
        What happened to the connection.

    Examples
    --------
    >>> from leadlex_pandas.errors import ConnectionFailedError
    >>> print(ConnectionFailedError("cmp_x", "no answer within 30 s"))
    campaign 'cmp_x': no answer within 30 s. Check the network, the proxy settings and base_url, then read it again.
    """

    def __init__(self, campaign_id: str | None, reason: str) -> None:
        super().__init__(campaign_id, reason)
        self.campaign_id = campaign_id
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"{_subject(self.campaign_id)}: {self.reason}. "
            "Check the network, the proxy settings and base_url, then read it again."
        )


class UnexpectedResponseError(LeadlexError):
    """Raised when an answer is not the documented one: no JSON, a count missing or not a whole number, a redirect.

    Nothing of such an answer is used. Check `base_url`; if it is right, give the request id to LeadLex support.

    Attributes
    ----------
    campaign_id : str or None
        The campaign that was asked for; None for the list of campaigns.
    reason : str
        What was wrong with the answer.
    request_id : str or None
        The service's name for this request.

    Examples
    --------
    >>> from leadlex_pandas.errors import UnexpectedResponseError
    >>> print(UnexpectedResponseError("cmp_x", "sent_count is missing", "req_7"))
    campaign 'cmp_x': unexpected answer, sent_count is missing (request req_7). Check base_url; if it is right, give the request id to LeadLex support.
    """

    def __init__(self, campaign_id: str | None, reason: str, request_id: str | None) -> None:
        super().__init__(campaign_id, reason, request_id)
        self.campaign_id = campaign_id
        self.reason = reason
        self.request_id = request_id

    def __str__(self) -> str:
        return (
            f"{_subject(self.campaign_id)}: unexpected answer, {self.reason}{_request(self.request_id)}. "
            "Check base_url; if it is right, give the request id to LeadLex support."
        )


def _subject(campaign_id: str | None) -> str:
    return "the list of campaigns" if campaign_id is None else f"campaign {campaign_id!r}"


def _request(request_id: str | None) -> str:
    return f" (request {request_id})" if request_id else ""
