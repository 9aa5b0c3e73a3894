"""The practices behind the rules, as docs/promises.md has them, and the sources that a rule names."""

from __future__ import annotations

from bot.checking.findings import Behind

_CONSENT = "Voluntary informed consent"
_PAY = "Fair compensation"
_IDENTITY = "People identify themselves"
_HARM = "Anticipate harm"
_RESPECT = "Respect"
_SUPPLIERS = "Qualified suppliers, clear terms"
_GEOGRAPHIES = "Qualified geographies"
_AGREED = "Data used only for what was agreed"

INFORMED = Behind(_CONSENT, "GDPR, articles 7 and 13; 45 CFR 46.116(a)(5): key information first, concise")
COMPREHENSION = Behind(_CONSENT, "Teach-back, as research ethics boards ask for it; 45 CFR 46.116(a)(5)")
TELEGRAM = Behind(
    _CONSENT, "Telegram's terms for bot developers, 4.3: intended use named, consent active and revocable"
)
HEARD = Behind(
    _CONSENT, "CIOMS 2016, guideline 9: consent in a form that suits who is asked, also where they do not read"
)
PURPOSES = Behind(_AGREED, "EDPB, Guidelines 05/2020 on consent, 3.1.3: granularity; GDPR, article 13(2)(e)")
WITHDRAWAL = Behind(_CONSENT, "GDPR, article 7(3): as easy to withdraw as to give")
RETENTION = Behind(_AGREED, "GDPR, article 13(2)(a); ISO/IEC TS 27560: retention period")
DURATION = Behind(
    _CONSENT, "45 CFR 46.116(b)(1): the expected duration of taking part; Partnership on AI: pay from piloted time"
)
VERSIONS = Behind(_CONSENT, "GDPR, article 7(1): showing what somebody agreed to; ISO/IEC TS 27560: notice version")
FAIR_PAY = Behind(_PAY, "Partnership on AI, Responsible Sourcing Library: a living wage at least, from piloted time")
PAY_AND_CHOICE = Behind(
    _PAY, "OHRP on undue influence; SACHRP 2019, attachment A: pay accrues and hangs on no finishing"
)
OPT_OUT = Behind(_IDENTITY, "NIH on measuring sex and gender; GOV.UK Design System, equality information")
SELF_DESCRIPTION = Behind(
    _IDENTITY, "Spiel, Haimson, Lottridge 2019; HCI Guidelines for Gender Equity and Inclusivity v1.1"
)
SEVERAL = Behind(_IDENTITY, "OMB, Statistical Policy Directive 15 (89 FR 22182): select all that apply")
BANDS = Behind(_IDENTITY, "Open Demographics, whose bands overlap and leave gaps, as what not to do")
WORDING = Behind(_IDENTITY, "Krosnick and Presser 2010, Question and Questionnaire Design: neither loaded nor leading")
LOCKED = Behind(_HARM, "Human Rights Watch, Outlawed, and 2023 on digital evidence; flows/safety.py")
OTHERS = Behind(_HARM, "GDPR, article 14 and recital 38: people who were not asked did not agree")
SUPPORT = Behind(_HARM, "WHO 2016, Ethical and safety recommendations on asking about violence: somebody to turn to")
MINORS = Behind(_HARM, "GDPR, article 8, and laws that say 18: India's DPDP Act, Kenya's DPA, South Africa's POPIA")
REVIEW = Behind(_GEOGRAPHIES, "CIOMS 2016, guideline 1 and 8: local review; sign-offs of 12 months at most")
CLDR = Behind(_GEOGRAPHIES, "Unicode CLDR: territories, their languages and their money")
QUIET = Behind(_RESPECT, "Calling hours in law, such as 47 CFR 64.1200(c)(1): none before 8 or after 21 at the place")
ACCOUNTABLE = Behind(_SUPPLIERS, "GDPR, articles 5(2), 35 and 37: who answers for it, and the impact assessment")
SUPPLIERS = Behind(_SUPPLIERS, "Partnership on AI, Responsible Sourcing Library: clear terms with whoever recruits")
NO_PRESSURE = Behind(_RESPECT, "Menlo Report 2012, respect for persons; EDPB, Guidelines 03/2022 on deceptive design")
TRANSLATED = Behind(_CONSENT, "GDPR, article 12: intelligible and in clear language; WHO on translating instruments")
BIDI = Behind(_CONSENT, "Unicode Standard Annex 9: isolates rather than embeddings")
SCRIPTS = Behind(_CONSENT, "Unicode Technical Standard 39: mixed scripts")
PLAIN = Behind(
    _CONSENT,
    "Flesch-Kincaid (Kincaid et al. 1975), grade 8 as ethics boards ask; LIX (Björnsson 1968); sentence length",
)
ZONES = Behind(_GEOGRAPHIES, "Laws that keep data in a place, such as Federal Law 242-FZ, article 2; docs/zones.md")
BURDEN = Behind(_RESPECT, "45 CFR 46.116(a)(5): concise; docs/budget.md")
WAIVED = Behind("What is waived is said", "docs/checking.md")
READABLE = Behind("A collection says what it does", "docs/collections.md")
