"""What the messages of failed reads say, written out once."""

RESUME = (
    "To read only the missing ones: read_stats(ids, resume=error), where error is this exception; "
    "in a notebook: import sys; read_stats(ids, resume=sys.last_value)."
)
TAIL = (
    'What was read is in .stats of this error, every reason in .failures; errors="coerce" keeps the failed ones as '
    f"missing rows. {RESUME}"
)
_NETWORK = "Check the network, the proxy settings and base_url, then read it again."
_SUPPORT = "Check base_url; if it is right, give the request id to LeadLex support."
ADVICE = {
    401: "The API key is wrong or has expired: make a new one in LeadLex under Settings, API & Integrations, "
    "and pass it as api_key= or in LEADLEX_API_KEY.",
    403: "The API key lacks the permission campaigns:read: make a key that holds it in LeadLex under Settings, "
    "API & Integrations.",
    404: "No campaign of this workspace has this id; check it in LeadLex. If every campaign fails so, check base_url.",
    429: "The service takes no calls for longer than is waited for (90 s at a time, five minutes of asking again); read the "
    "missing campaigns again in some minutes, or after midnight UTC if the day's calls are used up.",
    500: "The service failed at every attempt; read the missing campaigns again later.",
    400: "This status is not documented; give the request id to LeadLex support.",
}


def refused(campaign_id, status, code=None, request_id=None):
    """An error status, as the service answered it."""
    advice = ADVICE.get(status) or ADVICE[500 if status >= 500 else 400]
    said = f"{status} {code}" if code else f"{status}"
    return f"campaign {campaign_id!r}: {said}{_named(request_id)}. {advice}"


def unreached(campaign_id, reason="the connection was refused or dropped"):
    """No answer."""
    return f"campaign {campaign_id!r}: {reason}. {_NETWORK}"


def unexpected(campaign_id, reason, request_id=None):
    """Another answer than the documented one."""
    return f"campaign {campaign_id!r}: unexpected answer, {reason}{_named(request_id)}. {_SUPPORT}"


def partial(wanted, *reasons):
    """The message of a PartialReadError with up to ten failures."""
    return "\n".join(
        [f"{len(reasons)} of {wanted} campaigns could not be read:", *(f"  {reason}" for reason in reasons), TAIL]
    )


def _named(request_id):
    return f" (request {request_id})" if request_id else ""
