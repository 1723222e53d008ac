"""Template tags of the design layer, built in to every template: icons, the navigation, tones of what was said."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.template import Context, Library
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from smsadmin.accounts.models import Account, Membership
from smsadmin.listing import tallies

register = Library()

SPRITE = "icons.svg"
STATUS_PREFIX = "s-"

# The shape that goes with a tone where no status gives one (notes, messages): shape, word and tone say the same.
ICON_OF_TONE = {
    "wait": "info",
    "move": "clock",
    "good": "s-delivered",
    "bad": "s-failed",
    "stop": "s-blocked",
    "late": "s-expired",
}
TONE_OF_LEVEL = {"debug": "wait", "info": "wait", "success": "good", "warning": "late", "error": "bad"}


@register.simple_tag
@cache
def icon(name: str, css: str = "") -> SafeString:
    """``{% icon "search" %}``: a decoration, hidden from screen readers; the words beside it say what it means.

    Kept, since a page shows eighty of a few dozen, and the sprite's address is looked up in a manifest.
    """
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', f"sa-i {css}".rstrip(), static(SPRITE), name
    )


@register.simple_tag
def status_icon(symbol: str, css: str = "") -> SafeString:
    """``{% status_icon status.symbol %}``: the shape of a status, by the symbol of the table in code."""
    return icon(f"{STATUS_PREFIX}{symbol}", css)


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    return icon(ICON_OF_TONE.get(tone, ICON_OF_TONE["wait"]))


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a Django message, by its level tag."""
    return TONE_OF_LEVEL.get(level_tag, "wait")


@register.filter
def role_label(role: str) -> Any:
    """The word for a role; an operator may hold none."""
    return Membership.Role(role).label if role else _("Operator")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the navigation. `key` follows `g` on the keyboard; `exact`: its address begins those of other pages."""

    url_name: str
    icon: str
    label: Promise | str
    permission: str
    key: str = ""
    exact: bool = False


# A new page is one line here. Pages without an address yet are left out.
PAGES = (
    Page("overview", "overview", _("Overview"), "view_overview", "o", exact=True),
    Page("messages", "messages", _("Messages"), "view_messages", "m"),
    Page("members", "members", _("Members"), "view_members", "c"),
    Page("replies", "replies", _("Replies"), "view_messages", "r"),
    Page("consent", "consent", _("Consent"), "view_members", "s"),
    Page("reminders", "mail", _("Reminders"), "view_members"),
    Page("consent_desk", "clock", _("Opt-out desk"), "record_consent", "d"),
    Page("blocks", "block", _("Block list"), "view_members", "b"),
    Page("imports", "imports", _("Imports"), "import_data", "i"),
    Page("exports", "exports", _("Exports"), "export_data", "e"),
    Page("failures", "warning", _("Failures"), "view_failures", "x"),
)
FOOT_PAGES = (
    Page("settings", "settings", _("Settings"), "change_settings"),
    Page("help", "help", _("Help"), "view_help", "h"),
)


@dataclass(frozen=True, slots=True)
class NavLink:
    """A page as the navigation shows it: where it is, and whether one is there now."""

    page: Page
    url: str
    is_current: bool
    count: int = 0


@register.simple_tag(takes_context=True)
def nav(context: Context, place: str = "main") -> list[NavLink]:
    """``{% nav as links %}``, ``{% nav "foot" as links %}``: the pages that this person may open in this account."""
    account, can = context.get("account"), context.get("can") or ()
    if account is None:
        return []
    pages = FOOT_PAGES if place == "foot" else PAGES
    here = _path(context.get("request"))
    return [link for page in pages if page.permission in can and (link := _link(page, account, here))]


def _link(page: Page, account: Account, here: str) -> NavLink | None:
    try:
        url = reverse(page.url_name, kwargs={"account": account.slug})
    except NoReverseMatch:
        return None
    is_current = here == url if page.exact else here.startswith(url)
    return NavLink(page, url, is_current, tallies.of(page.url_name, account))


def _path(request: HttpRequest | None) -> str:
    return request.path if request is not None else ""
