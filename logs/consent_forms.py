"""The forms of the consent settings. They validate only: consent.settings_changes writes."""

from __future__ import annotations

import re
from typing import Any, cast

import holidays
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consent import asking
from consent.keywords import key_of
from consent.models import ConsentRules, ConsentText, KeywordSet
from consent.shipped_words import FAMILIES, LANGUAGES, WORDS
from consent.wording import NAMES, shipped

Kind, Family = ConsentText.Kind, KeywordSet.Family
LONGEST_WORD, MOST_WORDS = 50, 50
NUMBER = re.compile(r"\+?[0-9][0-9 ]{2,18}")
SMS = (Kind.STOPPED, Kind.STARTED, Kind.HELP, Kind.REQUEST)
LINES = {Kind.EMAIL_BODY: 10, Kind.FLYER_BODY: 4}
LONGEST: dict[str, int] = {Kind.EMAIL_SUBJECT: 150, Kind.EMAIL_BODY: 5000, Kind.FLYER_TITLE: 80, Kind.FLYER_BODY: 400}
LONGEST_SMS = 600
PLACEHOLDERS = ("name", "keyword", "number")
TOKEN = re.compile(r"\{([^{}]*)\}")


class RulesForm(forms.ModelForm):
    language = forms.ChoiceField(
        label=_("Language of people without one"), choices=[(tag, NAMES[tag]) for tag in LANGUAGES]
    )

    class Meta:
        model = ConsentRules
        fields = [
            "sender_name",
            "short_code",
            "language",
            "stop_is_for_all",
            "confirm_stop",
            "confirm_start",
            "desk_days",
            "holidays",
            "request_by_sms",
            "reminder_days",
        ]
        labels = {
            "stop_is_for_all": _("STOP and the unsubscribe link hold for operational messages too"),
            "holidays": _("Public holidays of"),
        }
        help_texts = {
            "sender_name": _("In answers, reminders and on the unsubscribe page. Empty: the account’s name."),
            "short_code": _("Short code or phone number, as people type it. It stands on the flyer."),
            "desk_days": _("For replies that may be an opt-out, 30 at most."),
            "holidays": _("Country or region, such as GB or DE-BY. Empty: the account’s country."),
            "request_by_sms": _("Some countries forbid it: an SMS to who has not agreed is marketing there."),
            "reminder_days": _("Nobody is reminded more often, whoever begins it. 1 to 365."),
        }

    def clean_short_code(self) -> str:
        given = " ".join(self.cleaned_data["short_code"].split())
        if given and not NUMBER.fullmatch(given):
            raise forms.ValidationError(_("Digits only, 3 to 19 of them, with a + before a country code."))
        return given

    def clean_holidays(self) -> str:
        given = str(self.cleaned_data["holidays"]).strip().upper()
        country, _dash, region = given.partition("-")
        known = holidays.list_supported_countries()
        if given and (country not in known or (region and region not in known[country])):
            raise forms.ValidationError(_("No holidays are known of “%(place)s”."), params={"place": given})
        return given


class LanguageForm(forms.Form):
    """Which language a page is about."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(tag, NAMES[tag]) for tag in LANGUAGES],
        error_messages={"invalid_choice": _("“%(value)s” is not one of our languages.")},
    )


class WordsForm(forms.Form):
    """A field a family: words separated by commas or line ends."""

    def __init__(self, *args: Any, language: str, own: dict[str, list[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = language
        for family in FAMILIES:
            words = WORDS[language][family]
            self.fields[family] = forms.CharField(
                label=str(LABELS[family]),
                required=False,
                initial=", ".join(own.get(family) or words),
                widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "characters"}),
                help_text=_("Shipped: %(words)s.") % {"words": ", ".join(words)},
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for family in FAMILIES:
            words = self.words(family)
            values[family] = words
            if long := [word for word in words if len(word) > LONGEST_WORD]:
                self.add_error(family, _("“%(word)s” is too long to be a keyword.") % {"word": long[0]})
            if odd := [word for word in words if not key_of(word)]:
                self.add_error(family, _("“%(word)s” has no letters or digits.") % {"word": odd[0]})
            if len(words) > MOST_WORDS:
                self.add_error(family, _("More than %(n)d words.") % {"n": MOST_WORDS})
        return values

    def words(self, family: str) -> list[str]:
        """Each once, however it is written."""
        given = re.split(r"[,;\n]", str(self.data.get(family, "")))
        words = [" ".join(word.split()).upper() for word in given if word.strip()]
        return list({key_of(word) or word: word for word in reversed(words)}.values())[::-1]

    def tell_clash(self, word: str, families: tuple[str, ...]) -> None:
        """At the fields that have the word; at all of the clash where it comes from another language."""
        names = _(" and ").join(str(LABELS[family]) for family in families)
        having = [f for f in families if key_of(word) in {key_of(one) for one in self.cleaned_data.get(f) or []}]
        for family in having or families:
            self.add_error(family, _("“%(word)s” would mean two things: %(names)s.") % {"word": word, "names": names})


LABELS: dict[str, str | Promise] = {
    "stop": _("Stop: whoever writes one is unsubscribed"),
    "start": _("Start: whoever writes one is subscribed"),
    "help": _("Help: whoever writes one gets the answer for help"),
}


class TextsForm(forms.Form):
    """A field a text, with the shipped one where the account has none of its own."""

    def __init__(self, *args: Any, language: str, own: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in Kind:
            sms = kind in SMS
            attrs: dict[str, Any] = {"rows": LINES.get(kind, 3 if sms else 1), "lang": language}
            if sms:
                attrs["data-segments"] = f"count-{kind}"
            one_line = not sms and kind not in LINES
            self.fields[kind] = forms.CharField(
                label=str(kind.label)[:1].upper() + str(kind.label)[1:],
                required=False,
                max_length=LONGEST.get(kind, LONGEST_SMS),
                initial=own.get(kind) or shipped(kind, language),
                widget=forms.TextInput(attrs={"lang": language}) if one_line else forms.Textarea(attrs=attrs),
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for kind, text in list(values.items()):
            odd = [name for name in TOKEN.findall(text) if name not in PLACEHOLDERS]
            if odd:
                self.add_error(kind, _("{%(name)s} is not known here: {name}, {keyword}, {number}.") % {"name": odd[0]})
            if kind == Kind.REQUEST and text.strip() and "{keyword}" not in text:
                self.add_error(kind, _("It must say what to reply: {keyword}."))
        return values

    def group(self, *kinds: str) -> list[forms.BoundField]:
        return [self[kind] for kind in kinds]

    @property
    def answers(self) -> list[forms.BoundField]:
        return self.group(*SMS)

    @property
    def email(self) -> list[forms.BoundField]:
        return self.group(asking.SUBJECT, asking.BODY)

    @property
    def flyer(self) -> list[forms.BoundField]:
        return self.group(asking.TITLE, asking.FLYER)


def language_asked(given: str | None, usual: str) -> LanguageForm:
    """Bound to what the address asks for, else to the account's usual language."""
    return LanguageForm({"language": given if given is not None else usual})


def valid_language(form: LanguageForm) -> str:
    return cast("str", form.cleaned_data["language"]) if form.is_valid() else ""
