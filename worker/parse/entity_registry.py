"""The registry of an item's entities, which the entity stage builds and the quote stage reads."""

from dataclasses import dataclass
from enum import StrEnum

from worker.model import Entity, EntityLabel

__all__ = ["Actor", "Gender", "Registry"]


class Gender(StrEnum):
    """Grammatical gender, as the text or a given name shows it."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A person, organisation or place of an item, with all mentions of it.

    Attributes:
        canonical: The name under which the mentions are gathered.
        label: The kind of entity.
        mentions: The mentions by name, in text order.
        gender: Of persons; unknown for all others.
        descriptors: Lower-case words and phrases that the text applies to it ("russian foreign
            minister", "spokeswoman"), from titles, appositions and relative clauses.
    """

    canonical: str
    label: EntityLabel
    mentions: tuple[Entity, ...]
    gender: Gender = Gender.UNKNOWN
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """The mentions of an item in text order, and its actors in the order of their first mention."""

    entities: tuple[Entity, ...] = ()
    actors: tuple[Actor, ...] = ()
