"""The one list of who and what an item speaks of, shared by the entity and the quote stages."""

from dataclasses import dataclass
from enum import StrEnum

from worker.model import Entity, EntityLabel

__all__ = ["Actor", "Gender", "Registry"]


class Gender(StrEnum):
    """Grammatical gender as the text or a given name shows it."""

    MALE = "male"
    FEMALE = "female"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One person, body or place of an item: all of its mentions under one canonical name.

    `mentions` are the entities that name it, in text order. `descriptors` are lower-case words and
    phrases that the text applies to it ("russian foreign minister", "expert", "spokeswoman"), from
    titles before the name, appositives after it and "who heads ..." clauses.
    """

    canonical: str
    label: EntityLabel
    mentions: tuple[Entity, ...]
    gender: Gender = Gender.UNKNOWN
    descriptors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Every actor of an item, in the order of first mention, and every entity in text order."""

    entities: tuple[Entity, ...] = ()
    actors: tuple[Actor, ...] = ()
