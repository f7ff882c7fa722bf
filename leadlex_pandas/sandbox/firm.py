"""The invented law firm: its partners, and the campaigns they might run. Data only."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PARTNERS", "TOPICS", "Partner", "Topic"]


class Partner(NamedTuple):
    """A partner, who belongs to one practice group and one office.

    Attributes
    ----------
    name, practice_group, office : str
        As they stand in a table of campaigns.

    Examples
    --------
    >>> PARTNERS[0].practice_group
    'IP'
    """

    name: str
    practice_group: str
    office: str


class Topic(NamedTuple):
    """What a campaign is about.

    Attributes
    ----------
    label : str
        The campaign's name.
    practice_group : str
        The group that would send it.
    pipeline : str
        "Hunting" for new mandates, "Farming" for those of existing clients.

    Examples
    --------
    >>> sorted({topic.pipeline for topic in TOPICS})
    ['Farming', 'Hunting']
    """

    label: str
    practice_group: str
    pipeline: str


# two partners a group, and groups spread over the offices, so that group and office are no synonyms
PARTNERS = (
    Partner("Dr. Henrike Vossbeck", "IP", "Munich"),
    Partner("Jonas Tannhoff", "IP", "Düsseldorf"),
    Partner("Dr. Leander Ostenwald", "M&A", "Frankfurt"),
    Partner("Miriam Falkrath", "M&A", "Munich"),
    Partner("Carsten Ellerkamp", "Corporate", "Hamburg"),
    Partner("Dr. Alma Lindgräber", "Corporate", "Frankfurt"),
    Partner("Svenja Rieckmar", "Employment", "Düsseldorf"),
    Partner("Dr. Till Quendel", "Employment", "Hamburg"),
    Partner("Nora Sündhagen", "Data Protection", "Munich"),
    Partner("Dr. Benedikt Harmsloh", "Data Protection", "Hamburg"),
)

_HUNTING = {
    "IP": (
        "UPC opt-out briefing for SMEs",
        "Freedom-to-operate check, medtech",
        "Trade mark basics for founders",
        "Patent roundtable, automotive suppliers",
        "Design protection for furniture makers",
        "Trade fair follow-up: packaging machines",
        "Employee inventions: webinar invitation",
    ),
    "M&A": (
        "Succession talks, family businesses",
        "Carve-out workshop for CFOs",
        "Distressed M&A: first conversation",
        "Private equity lunch, Frankfurt",
        "W&I insurance primer for sellers",
        "Roadshow: selling a software company",
        "Buy-and-build for regional dentists",
    ),
    "Corporate": (
        "GmbH founders: articles checklist",
        "Supply chain due diligence, machinery",
        "D&O liability evening, Hamburg",
        "Employee shares: start-up clinic",
        "ESG reporting for first-time filers",
        "Shareholder disputes: quiet outreach",
        "Virtual general meetings, what works",
    ),
    "Employment": (
        "Works council elections: HR breakfast",
        "Remote work across borders, webinar",
        "Restructuring and social plan, retail",
        "Pay transparency: are you ready?",
        "Hiring from abroad: visa questions",
        "Whistleblowing channel in four weeks",
        "Temporary workers: logistics outreach",
    ),
    "Data Protection": (
        "AI Act readiness call, insurers",
        "GDPR fines: lessons for e-commerce",
        "Cookie banner check, online shops",
        "NIS2 scoping session, utilities",
        "Health data projects, hospitals",
        "Data transfers to the US, short briefing",
        "External DPO offer for mid-caps",
    ),
}

_FARMING = {
    "IP": (
        "Renewal deadlines, second half-year",
        "Portfolio review for patent clients",
        "Trade mark watch: annual check-in",
        "Licence audit after product launch",
        "UPC case law update for clients",
        "Trade secrets: refresher for R&D heads",
        "Client evening IP, save the date",
    ),
    "M&A": (
        "Post-closing review: earn-out terms",
        "Deal lessons for repeat buyers",
        "Annual M&A client dinner, Munich",
        "FDI screening update for clients",
        "Second deal: talk to past sellers",
        "Integration check, 100 days after",
        "Market terms survey, client edition",
    ),
    "Corporate": (
        "Year-end resolutions: client reminder",
        "Transparency register: annual check",
        "Managing directors' contracts review",
        "Group structure health check",
        "Shareholder lists: are yours current?",
        "Client briefing: partnership reform",
        "Advisory board mandates, check-in",
    ),
    "Employment": (
        "Contract templates: autumn update",
        "HR client circle, Düsseldorf",
        "Holiday carry-over: client note",
        "Bonus schemes: review before Q4",
        "Case law digest for HR directors",
        "Training day: difficult dismissals",
        "Working time records: client check-up",
    ),
    "Data Protection": (
        "Annual GDPR audit: book your slot",
        "Processor contracts: spring clean-up",
        "Breach drill for existing clients",
        "AI policy template, client preview",
        "Privacy notices: yearly refresh",
        "Client webinar: access requests",
        "Records of processing: update round",
    ),
}

TOPICS = tuple(
    Topic(label, group, pipeline)
    for pipeline, topics in (("Hunting", _HUNTING), ("Farming", _FARMING))
    for group, labels in topics.items()
    for label in labels
)
