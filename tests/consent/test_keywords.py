"""What replies say: keywords, politeness, smells, in eight languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import keywords
from consent.keywords import Clash, Kind, clashes, classify, words_of
from consent.shipped_words import FAMILIES, LANGUAGES, WORDS, YES

STOP = """STOP|stop|Stop.|stop!!!|Stop 🙏|STOP please|Stop. Thank you|pls stop|Please STOP!|“STOP”|'stop'|(stop)|
S.T.O.P|s t o p|stop\u200b|\ufeffSTOP|ＳＴＯＰ|𝐒𝐓𝐎𝐏|stop 🛑🛑|STOP\n|\tstop\t|Stop, thanks|Hi, stop please|
ok stop|stop now|STOP STOP|STOP STOP STOP|STOP UNSUBSCRIBE|STOPALL|stop all|Unsubscribe|UNSUBSCRİBE|
unsubscrıbe|Cancel|END|quit|Revoke|OPTOUT|opt out|Opt-out|OPT OUT please|Remove|STOP 36111|
STOP au 36111|Stop to 60006|ЅТОР|SТОP|stop…|¡stop!|STOP ❤️|Stop 👋🏽|hello stop|
Dear sir, STOP, kind regards|ARRET|ARRÊT|arrêt|Arrêter|arretez|désabonner|DESABONNER|Désinscription|
stop pub|STOP SMS|Arrêt svp|stop merci|Bonjour, stop, merci|stop s'il vous plaît|STOP STP|
désinscrire merci d'avance|BAJA|baja por favor|Alto|¡Alto!|PARAR|detener|cancelar|hola, baja, gracias|
Cancelar suscripción|eliminar|STOPP|Stopp bitte|abmelden|Abmeldung|ABBESTELLEN|Bitte abmelden|kündigen|
Ende|austragen, danke|Hallo, stopp, vielen Dank|basta|Basta!|annulla|cancella|disiscrivi|DISISCRIVIMI|
cancellami grazie|ferma per favore|sair|SAIR, obrigado|parar|Pare|descadastrar|remover|
cancelar por favor|afmelden|Afmelden aub|stoppen|uitschrijven|opzeggen|stopzetten dank u wel|СТОП|стоп|
Стоп!|стоп, пожалуйста|ОТПИСАТЬСЯ|отписка|отписать|отмена|Отказ.|отпишите, спасибо|
Здравствуйте, отписаться"""
START = """START|start|Start!|start please|UNSTOP|unstop 🙏|YES|yes|Yes!|“Yes”|subscribe|opt in|OPTIN|OUI|oui.|
démarrer|SÍ|si|alta|iniciar|JA|ja!|anmelden|Sì|inizia|SIM|começar|aanmelden|ДА|да|старт|подписаться"""
HELP = """HELP|help|Help?|help please|INFO|Info|ınfo|AIDE|aide svp|AYUDA|ayuda por favor|Hilfe|HILFE!|
aiuto|ajuda|hulp|помощь|справка"""
SMELLS = """pls stop texting me|stop texting|STOP IT|please stop sending these|Stop messaging this number|
unsubscribe me|Unsubscribe me now|remove me from your list|Remove my number|take me off your list|
delete my number|leave me alone|Do not text me again|don't text me|DON’T CONTACT ME|
no more texts please|not interested|I will call my lawyer|my attorney will hear of this|this is spam|
wrong number|who is this?|F*** off, fuck off|lose my number|opt me out|I want to opt out of this|
cease and desist|I never gave my consent|🛑|🚫🚫|STOP HELP|how do I unsubscribe|
i'd like to cancel my subscription|quit texting me|you are annoying|ne m'envoyez plus|
Ne m’envoyez plus de SMS|n'envoyez plus rien|plus de sms svp merci|arrêtez de m'écrire|
Veuillez me désabonner|retirez-moi de la liste|je ne veux plus recevoir ça|laissez-moi tranquille|
supprimez mon numéro|mauvais numéro|darme de baja|quiero darme de baja|no me envíen más mensajes|
No quiero más|dejen de escribirme|déjenme en paz|número equivocado|keine SMS mehr|
Bitte keine Werbung mehr|Schreiben Sie mir nicht mehr|nicht mehr schicken|hören Sie auf|
Lassen Sie mich in Ruhe|löschen Sie meine Nummer|Ich will mich abmelden|mein Anwalt|falsche Nummer|
non scrivetemi più|non inviatemi messaggi|basta messaggi|smettetela|lasciatemi in pace|
cancellatemi dalla lista|numero sbagliato|não me envie mais mensagens|parem de mandar|não quero receber|
me remova da lista|número errado|geen sms meer|stuur mij niet meer|laat me met rust|schrijf mij uit|
verwijder mijn nummer|verkeerd nummer|не пишите мне|Не присылайте больше|хватит|прекратите рассылку|
отстаньте|уберите меня из рассылки|это спам|удалите мой номер|хочу отписаться от вас|
не звоните и не пишите"""
NOTHING = """|hello|Thanks!|Thank you|ok|See you at 5|Yes please|yes yes|yes, two seats for Saturday|Don't stop|
don’t stop the music|stop by the shop tomorrow|I'll be at the bus stop|we stopped by yesterday|nonstop|
Can I bring a friend?|C|12345|👍|❤️❤️|Merci beaucoup|Gracias|À demain|Bis morgen|Ci vediamo alle 8|
Até logo|Tot morgen|Спасибо|Буду в пять|the weekend was great|Is there parking?|oui, deux places|
ja gerne|sì grazie|sim, obrigado|да, конечно|😀|...|I love it|when do you open|
info@example.org is my address|start of the week is fine"""


def split(table: str) -> list[str]:
    return table.replace("|\n", "|").split("|")


TABLE = [
    *((text, Kind.STOP) for text in split(STOP)),
    *((text, Kind.START) for text in split(START)),
    *((text, Kind.HELP) for text in split(HELP)),
    *((text, Kind.SMELLS) for text in split(SMELLS)),
    *((text, Kind.NOTHING) for text in split(NOTHING)),
]
texts = st.sampled_from(TABLE)
MARKS = st.text('!?.,;:-…*()"“”«»¡¿ \t\n\u200b\ufeff🙏😀❤️👍🏽\u0301', max_size=8)


@pytest.mark.parametrize(("text", "kind"), TABLE, ids=[repr(text) for text, _kind in TABLE])
def test_a_text_says(text: str, kind: Kind) -> None:
    assert classify(text).kind is kind


def test_the_table_is_long() -> None:
    assert len(TABLE) >= 250
    assert {kind for _text, kind in TABLE} == set(Kind)


@given(texts, st.sampled_from([str.upper, str.lower, str.title, str.casefold, str.swapcase]))
def test_case_never_matters(row: tuple[str, Kind], change: object) -> None:
    text, kind = row
    assert classify(change(text)).kind is kind  # type: ignore[operator]


@given(st.sampled_from([row for row in TABLE if row[0].strip() and row[1] is not Kind.NOTHING]), MARKS, MARKS)
def test_marks_and_space_around_it_never_matter(row: tuple[str, Kind], before: str, after: str) -> None:
    text, kind = row
    assert classify(f"{before} {text} {after}").kind is kind


@given(st.text())
def test_any_text_says_something(text: str) -> None:
    assert classify(text).kind in Kind


@given(st.text(st.characters(), max_size=40), st.sampled_from([word for of in WORDS.values() for word in of["stop"]]))
def test_a_keyword_between_anything_never_opts_in(noise: str, word: str) -> None:
    assert classify(f"{noise} {word}").kind is not Kind.START
    assert classify(f"{word} {noise}").kind is not Kind.START


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_shipped_word_is_one_of_its_family(language: str, family: str) -> None:
    words = WORDS[language][family]
    assert {classify(word).kind.value for word in words} == {family}
    assert all(classify(word).is_yes == (" ".join(keywords.folded(word)) in YES) for word in words)


def test_no_shipped_word_means_two_things() -> None:
    assert clashes() == []


def test_an_accounts_words_take_the_place_of_those_of_one_language_and_family() -> None:
    words = words_of({("en", "stop"): ["HALT"], ("de", "help"): ["Rat"]})
    assert classify("halt!", words).kind is Kind.STOP
    assert classify("quit", words).kind is Kind.NOTHING
    assert (classify("hilfe", words).kind, classify("Rat?", words).kind) == (Kind.NOTHING, Kind.HELP)
    assert classify("désabonner", words).kind is Kind.STOP


def test_stop_itself_cannot_be_taken_away() -> None:
    nothing = {(language, "stop"): ["XYZ"] for language in LANGUAGES}
    assert classify("Stop", words_of(nothing)).kind is Kind.STOP


def test_a_word_in_two_families_is_told_and_forbids() -> None:
    own = {("en", "start"): ["GO", "Bäja"]}
    assert [(clash.families, clash.word) for clash in clashes(own)] == [(("stop", "start"), "BAJA")]
    assert classify("baja", words_of(own)).kind is Kind.STOP
    assert isinstance(clashes(own)[0], Clash)


def test_a_keyword_tells_its_languages_and_how_the_list_writes_it() -> None:
    found = classify("désinscription svp")
    assert (found.word, found.languages) == ("DÉSINSCRIPTION", ("fr",))
    assert len(classify("stop").languages) == len(LANGUAGES)
