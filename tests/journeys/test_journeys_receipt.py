"""The receipt that machines read: it parses, says only what the vocabulary knows, and gives nobody away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from .conftest import Arrive

NAMESPACES = {
    "https://w3id.org/dpv#": "dpv",
    "https://w3id.org/dpv/pd#": "pd",
    "https://w3id.org/dpv/ai#": "ai",
    "https://w3id.org/dpv/loc#": "loc",
    "https://w3id.org/dpv/legal/eu/gdpr#": "eu-gdpr",
}
KNOWN = frozenset((Path(__file__).parent / "dpv-terms.txt").read_text(encoding="utf-8").split())
"""Terms that a receipt may use, each found in the Data Privacy Vocabulary 2.3."""

SENSITIVE = re.compile(r"gender|\bsex|orient|ethnic|\brace|ancestr|religio|sensitive|special", re.IGNORECASE)


def terms(graph: Graph) -> set[str]:
    """Every term of the vocabulary that stands in a graph, with its prefix."""
    found = set()
    for node in {node for triple in graph for node in triple if isinstance(node, URIRef)}:
        for address, prefix in NAMESPACES.items():
            if node.startswith(address):
                found.add(f"{prefix}:{node.removeprefix(address)}")
    return found


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # the parser's own
@pytest.mark.parametrize(("language", "place"), [("en", "US"), ("ar", "US"), ("ar", "EG"), ("en", "EG")])
async def test_the_file_parses_and_uses_terms_that_exist(arrive: Arrive, language: str, place: str) -> None:
    sam = arrive("Sam", language, place)
    await sam.to_questions(1, 2, 3)
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    assert sam.person.files == [], "what a file reveals is said before it is sent"
    await sam.press("Send the file")
    text = (await sam.newest_file()).content.decode()
    graph = Graph().parse(data=text, format="json-ld")
    assert len(graph) > 50
    assert terms(graph) - KNOWN == set()
    assert str(sam.person.id) not in text
    assert sam.person.name not in text
    assert sam.code not in text
    assert {f"loc:{place}", "dpv:ConsentReceipt", "dpv:ConsentRecord"} <= terms(graph)
    if place == "EG":
        assert not SENSITIVE.search(text)
        assert "eu-gdpr:A9-2-a" not in terms(graph)
    else:
        assert {"pd:EthnicOrigin", "eu-gdpr:A9-2-a"} <= terms(graph)


async def test_the_receipt_says_what_was_agreed_to_and_not_the_rest(arrive: Arrive) -> None:
    sam = arrive()
    await sam.to_questions(1)
    assert sam.collection_words("Improve AI models") in sam.receipt
    assert sam.collection_words("Invite me to later collections") not in sam.receipt
    await sam.say("/mydata")
    await sam.press("Receipt as a file")
    await sam.press("Send the file")
    text = (await sam.newest_file()).content.decode()
    assert "ai:ModelTraining" in text
    assert "dpv:CommunicationManagement" not in text
