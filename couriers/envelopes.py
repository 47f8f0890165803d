"""XML answers as records, so that their fields are read like those of JSON."""

from typing import Any
from xml.etree.ElementTree import Element

from couriers.courier import Item
from couriers.fields import Record
from schemas.errors import BadPayload


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def record_of(element: Element) -> Record:
    """The attributes of an element and the texts of its children, by name without namespace."""
    return {**element.attrib, **{local(child): child.text for child in element}}


def each_element(events: list[Element], about: Any = None) -> list[Item]:
    """The items of a list of elements, named by the element and its place among its kind."""
    return [Item(f"{local(event)}[{at}]", record_of(event), about, event) for at, event in enumerate(events)]


def answers(payload: Any, name: str) -> bool:
    """True of a SOAP envelope with that element, and of one with a fault (which `within` refuses)."""
    if not isinstance(payload, Element) or local(payload) != "Envelope":
        return False
    return payload.find(f".//{{*}}{name}") is not None or payload.find(".//{*}Fault") is not None


def within(payload: Element, name: str) -> Element:
    """That element of a SOAP envelope. Raises BadPayload for a fault."""
    found = payload.find(f".//{{*}}{name}")
    if found is None:
        raise BadPayload("the service answered with a SOAP fault: see the client's credentials and the number")
    return found
