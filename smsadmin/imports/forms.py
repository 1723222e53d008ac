"""What people fill in for an import: the file, and how its columns are to be read."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from smsadmin.accounts.models import Account
from smsadmin.imports.kinds import ImportKind, Word, all_kinds
from smsadmin.imports.mapping import Field, Mapping
from smsadmin.imports.models import ImportPreset
from smsadmin.imports.sniffing import ENCODINGS
from smsadmin.imports.uploading import too_large
from smsadmin.imports.values import DATE_FORMATS

DELIMITERS = (
    (",", gettext_lazy("Comma ,")),
    (";", gettext_lazy("Semicolon ;")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Bar |")),
)


class NewImportForm(forms.Form):
    """What is in the file, and the file. `chosen` is what jobs.accept takes of it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose a CSV file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv,text/tab-separated-values,text/plain"}),
    )

    def __init__(self, *args: Any, account: Account, refused: int = 0, **options: Any) -> None:
        """`refused`: the size of a file that was too large to be kept at all."""
        super().__init__(*args, **options)
        self.most = filesizeformat(settings.IMPORT_MAX_BYTES)
        self.fields["file"].widget.attrs |= {
            "data-most": settings.IMPORT_MAX_BYTES,  # the page says so before anything is sent
            "data-too-large": _("At most %(most)s can be taken. Split the file.") % {"most": self.most},
        }
        if refused:
            self.fields["file"].error_messages["required"] = too_large(refused)
        self._saved = {preset.pk: preset for preset in ImportPreset.objects.of(account)}
        choices = [(kind.label, list(self._choices(kind))) for kind in all_kinds().values()]
        self.fields["what"] = select(_("What is in the file?"), choices, "")

    def _choices(self, kind: ImportKind) -> Any:
        yield f"{kind.key}:", _("%(kind)s: tell by the columns") % {"kind": kind.label}
        for preset in kind.presets:
            yield f"{kind.key}:{preset.key}", preset.name
        for kept in self._saved.values():
            if kept.kind == kind.key:
                yield f"{kind.key}:#{kept.pk}", _("%(name)s (saved)") % {"name": kept.name}

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(too_large(upload.size))
        if not upload.size:
            raise forms.ValidationError(_("The file is empty."))
        return upload

    @property
    def chosen(self) -> dict[str, Any]:
        key, _colon, preset = self.cleaned_data["what"].partition(":")
        kind = all_kinds()[key]
        if preset.startswith("#"):
            return {"kind": kind, "kept": Mapping.from_json(self._saved[int(preset[1:])].mapping)}
        return {"kind": kind, "preset": kind.preset(preset)}


def select(label: Any, choices: Any, initial: str, **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, initial=initial, widget=forms.Select(attrs={"class": "form-select"}), **options
    )


class MappingForm(forms.Form):
    """The whole mapping of one file as fields: `encoding` …, `column_N` (and `column_N_2` where a column feeds
    two fields), `same_FIELD` for constants, `word_N`."""

    preset_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )

    def __init__(
        self, data: Any, *, account: Account, kind: ImportKind, mapping: Mapping, words: Sequence[Word]
    ) -> None:
        super().__init__(data)
        self.kind, self.mapping, self.words, self.account = kind, mapping, words, account
        self._add_layout()
        self._add_columns()
        self._add_constants()
        self._add_words()

    def _add_layout(self) -> None:
        mapping, zone = self.mapping, self.account.time_zone
        encodings = dict.fromkeys((*ENCODINGS, mapping.encoding))
        delimiters = (
            [*DELIMITERS]
            if mapping.delimiter in dict(DELIMITERS)
            else [*DELIMITERS, (mapping.delimiter, mapping.delimiter)]
        )
        zones: list[Any] = [
            ("", _("Every time states its own zone")),
            (zone, _("%(zone)s (this account's)") % {"zone": zone}),
            *([("UTC", "UTC")] if zone != "UTC" else []),
            (_("All zones"), [(name, name) for name in sorted(available_timezones() - {zone, "UTC"})]),
        ]
        self.fields["encoding"] = select(_("Encoding"), [(name, name.upper()) for name in encodings], mapping.encoding)
        self.fields["delimiter"] = forms.ChoiceField(
            label=_("Delimiter"),
            choices=delimiters,
            initial=mapping.delimiter,
            widget=forms.Select(attrs={"class": "form-select"}),
        )
        self.fields["has_header"] = forms.BooleanField(
            label=_("The first row holds the names of the columns"),
            initial=mapping.has_header,
            required=False,
            widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
        )
        self.fields["date_format"] = select(_("Dates"), DATE_FORMATS.items(), mapping.date_format)
        self.fields["zone"] = select(_("Times without a zone are in"), zones, mapping.zone, required=False)

    def _add_columns(self) -> None:
        choices: list[Any] = [("", _("Not imported")), *((f.name, named(f)) for f in self.kind.fields)]
        for n, column in enumerate(self.mapping.columns):
            fed = [f.name for f in self.kind.fields if self.mapping.fields.get(f.name) == column] or [""]
            for extra, field in enumerate(fed):
                label = _("Field for “%(column)s”") % {"column": column}
                self.fields[column_key(n, extra)] = select(label, choices, field, required=False)

    def _add_constants(self) -> None:
        for f in self.kind.fields:
            if f.constant:
                self.fields[f"same_{f.name}"] = self._constant(f)

    def _constant(self, f: Field) -> forms.Field:
        value = self.mapping.constants.get(f.name, "")
        if f.choices:
            return select(f.label, [("", "–"), *f.choices], value, required=False, help_text=f.help)
        widget = forms.TextInput(attrs={"class": "form-control"})
        return forms.CharField(
            label=f.label, initial=value, required=False, max_length=200, widget=widget, help_text=f.help
        )

    def _add_words(self) -> None:
        targets = [("", _("Nobody knows: such rows are bad"))] + [
            (name, list(group)) for name, group in self.kind.targets(self.mapping)
        ]
        for n, word in enumerate(self.words):
            label = _("What “%(word)s” stands for") % {"word": word.text}
            self.fields[f"word_{n}"] = select(label, targets, word.target, required=False)

    def bound_columns(self, n: int) -> list[forms.BoundField]:
        return [self[name] for extra in range(len(self.kind.fields)) if (name := column_key(n, extra)) in self.fields]

    @property
    def constants(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("same_")]

    @property
    def bound_words(self) -> list[tuple[Word, forms.BoundField]]:
        return [(word, self[f"word_{n}"]) for n, word in enumerate(self.words)]

    def clean(self) -> dict[str, Any]:
        given: Map[str, Any] = self.cleaned_data
        fields: dict[str, str] = {}
        for n, column in enumerate(self.mapping.columns):
            for bound in self.bound_columns(n):
                field = given.get(bound.name)
                if field in fields and fields[field] != column:
                    self.add_error(
                        bound.name,
                        _("Another column is taken for this already: “%(column)s”.") % {"column": fields[field]},
                    )
                elif field:
                    fields[field] = column
        self.cleaned_data["fields"] = fields
        return self.cleaned_data

    def result(self) -> Mapping:
        """The mapping that was filled in. Raises BadMapping."""
        given = self.cleaned_data
        shown = {word.text.casefold() for word in self.words}
        words = {word: target for word, target in self.mapping.words.items() if word not in shown}
        words |= {
            word.text.casefold(): given[f"word_{n}"] for n, word in enumerate(self.words) if given.get(f"word_{n}")
        }
        constants = {f.name: given[f"same_{f.name}"].strip() for f in self.kind.fields if given.get(f"same_{f.name}")}
        names = ("encoding", "delimiter", "has_header", "date_format", "zone")
        made = replace(
            self.mapping,
            fields=given["fields"],
            constants=constants,
            words=words,
            **{name: given[name] for name in names},
        )
        made.check()
        return made


def named(field: Field) -> str:
    return _("%(field)s (needed)") % {"field": field.label} if field.required else str(field.label)


def column_key(n: int, extra: int) -> str:
    return f"column_{n}_{extra + 1}" if extra else f"column_{n}"
