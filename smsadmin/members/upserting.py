"""Writing many members at once: who is known is updated, who is not is made; the same values again change nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from smsadmin.accounts.models import Account
from smsadmin.imports.kinds import Counts
from smsadmin.members.models import Member

TEXTS = ("external_id", "name", "phone", "email", "language", "time_zone")


@dataclass(slots=True)
class Person:
    """A member as a batch changes it. `before` is None for one who is not there yet."""

    before: Member | None
    values: dict[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        return self.values[name] if name in self.values else getattr(self.before, name, [] if name == "tags" else "")

    def take(self, item: Mapping[str, Any]) -> None:
        for name, value in item.items():
            if name == "tags":
                self.values["tags"] = [*self.get("tags"), *(tag for tag in value if tag not in self.get("tags"))]
            elif name != "created_at" or self.before is None:
                self.values[name] = value

    @property
    def is_changed(self) -> bool:
        return self.before is not None and any(
            getattr(self.before, name) != value for name, value in self.values.items()
        )


class Upsert:
    """One batch. `take` each item in the order of the file, then `write`. An item has some of TEXTS, tags,
    created_at; never all empty."""

    def __init__(self, account: Account, items: Sequence[Mapping[str, Any]], *, lock: bool) -> None:
        self._account = account
        self._by_id: dict[str, Person] = {}
        self._by_phone: dict[str, list[Person]] = {}
        self._people: list[Person] = []
        self._taken = 0
        for member in known(account, items, lock):
            self._add(Person(member), member.external_id, member.phone)

    def _add(self, person: Person, external_id: str, phone: str) -> None:
        self._people.append(person)
        if external_id:
            self._by_id[external_id] = person
        if phone:
            self._by_phone.setdefault(phone, []).append(person)

    def take(self, item: Mapping[str, Any]) -> None:
        self._taken += 1
        external_id, phone = item.get("external_id", ""), item.get("phone", "")
        person = self._by_id.get(external_id) or self._by_number(phone, external_id, item.get("name", ""))
        if person is None:
            person = Person(None)
            self._add(person, external_id, phone)
        elif external_id:
            self._by_id[external_id] = person
        person.take(item)

    def _by_number(self, phone: str, external_id: str, name: str) -> Person | None:
        """The only one with this number; of several, the one of the same name. Never one who is known by another
        external id."""
        sharing = self._by_phone.get(phone, [])
        fitting = [person for person in sharing if not external_id or not person.get("external_id")]
        if len(sharing) == 1:
            return fitting[0] if fitting else None
        return next((person for person in fitting if person.get("name") == name), None)

    @property
    def counts(self) -> Counts:
        new = sum(person.before is None for person in self._people)
        changed = sum(person.is_changed for person in self._people)
        return Counts(new, changed, self._taken - new - changed)

    def write(self, at: datetime) -> None:
        made = [self._made(person, at) for person in self._people if person.before is None]
        Member.objects.bulk_create(made, batch_size=2000)
        self._update([person for person in self._people if person.is_changed], at)

    def _made(self, person: Person, at: datetime) -> Member:
        return Member(account=self._account, updated_at=at, **{"created_at": at, **person.values})

    def _update(self, people: Sequence[Person], at: datetime) -> None:
        if not people:
            return
        rows = [
            {"id": p.before.pk, "tags": p.get("tags"), **{name: p.get(name) for name in TEXTS}}
            for p in people
            if p.before
        ]
        texts = ", ".join(f"{name} = c.{name}" for name in TEXTS)
        types = ", ".join(f"{name} text" for name in TEXTS)
        with connection.cursor() as cursor:
            # A new number is not the one that was found wrong.
            cursor.execute(
                f"UPDATE members_member m SET {texts}, updated_at = %s, "
                "tags = ARRAY(SELECT jsonb_array_elements_text(c.tags)), "
                "number_validity = CASE WHEN m.phone = c.phone THEN m.number_validity ELSE 1 END "
                f"FROM jsonb_to_recordset(%s::jsonb) AS c (id bigint, tags jsonb, {types}) "
                "WHERE m.account_id = %s AND m.id = c.id",
                [at, json.dumps(rows), self._account.pk],
            )


def known(account: Account, items: Sequence[Mapping[str, Any]], lock: bool) -> list[Member]:
    """The members whom these items may mean, locked in order of their keys where they are to be written."""
    ids = {item["external_id"] for item in items if item.get("external_id")}
    numbers = {item["phone"] for item in items if item.get("phone")}
    found = Member.objects.of(account).filter(Q(external_id__in=ids) | Q(phone__in=numbers)).order_by("pk")
    return list(found.select_for_update() if lock else found)
