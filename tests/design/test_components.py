"""The parts, drawn: what they promise to the pages that use them."""

import re

import pytest
from django import forms
from django.template.loader import get_template, render_to_string

from logs.statuses import Status


class Sample(forms.Form):
    number = forms.CharField(
        label="Phone number", help_text="In any spelling.", widget=forms.TextInput(attrs={"class": "is-short"})
    )
    period = forms.ChoiceField(label="Stop for", choices=[("1", "1 hour")])
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    keep = forms.BooleanField(label="Keep", required=False)
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def test_a_field_has_label_hint_and_error_that_the_control_names():
    html = str(Sample({"number": ""})["number"].as_field_group())

    assert '<label class="form-label" for="id_number">Phone number' in html
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert 'id="id_number_helptext"' in html
    assert 'id="id_number_error"' in html
    assert "This field is required." in html


def test_controls_carry_the_classes_of_the_design():
    html = str(Sample())

    assert 'class="form-control is-short"' in html
    assert re.search(r'<select name="period" class="form-select ?"', html)
    assert re.search(r'<textarea name="note" class="form-control ?"', html)
    assert re.search(r'type="checkbox" name="keep" class="form-check-input ?"', html)
    assert len(re.findall(r'type="radio" name="kind" value="[ab]" class="form-check-input ?"', html)) == 2
    assert html.count("<legend") == 1


def test_what_a_field_holds_is_escaped():
    html = str(Sample({"number": '"><script>x</script>'})["number"].as_field_group())

    assert "<script>" not in html


def test_errors_of_the_whole_form_stand_above_it():
    form = Sample({"number": "1", "period": "1", "kind": "a"})
    form.add_error(None, "Wrong e-mail address or password.")

    html = str(form)

    assert html.index("Wrong e-mail address or password.") < html.index("Phone number")
    assert 'role="alert"' in html


def test_a_status_is_shape_word_and_tone_and_another_vocabulary_replaces_only_the_word():
    ours = render_to_string("_components/_status.html", {"status": Status.BLOCKED})
    theirs = render_to_string(
        "_components/_status.html", {"status": Status.BLOCKED, "word": "Process failed", "short": "opted out 3 Mar"}
    )

    assert "Blocked" in ours
    assert 'data-tone="stop"' in ours
    assert "#i-s-blocked" in ours
    assert "Blocked" not in theirs
    assert "Process failed" in theirs
    assert "opted out 3 Mar" in theirs
    assert "#i-s-blocked" in theirs


def test_a_pager_without_more_is_no_link():
    html = render_to_string(
        "_components/_pager.html", {"rows": "Rows 1–50", "total": "10,000+", "older_url": "?before=x"}
    )

    assert html.count("<a ") == 1
    assert 'rel="next" href="?before=x"' in html
    assert 'aria-disabled="true"' in html


def test_a_progress_that_has_only_begun_has_no_value():
    html = render_to_string("_components/_progress.html", {"name": "a.csv", "detail": "counting…"})

    assert "<progress" in html
    assert "value=" not in html


def test_the_figures_of_a_progress_are_plain_numbers_in_any_language(settings):
    settings.USE_THOUSAND_SEPARATOR = True

    html = render_to_string("_components/_progress.html", {"name": "a.csv", "value": 1200000, "max": 1900000})

    assert 'value="1200000" max="1900000"' in html


@pytest.mark.parametrize("page", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_an_error_page_needs_no_context_and_shows_a_way_out(page):
    html = get_template(page).render()

    assert 'href="/"' in html
    assert "<h1>" in html
    assert "<title></title>" not in html
