"""What is said to somebody whose opt-in is pending: by SMS, by e-mail, and on the flyer that hangs at the till. Pure.

``{name}`` is the name that people know the account by, ``{keyword}`` the word to text, ``{number}`` where to. Each SMS
fits one segment with a name of 20 letters, and says who asks, what for, and how to say no (CTIA, Messaging Principles).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consent.keywords import key_of
from consent.shipped_words import YES

REQUEST, SUBJECT, BODY = "request", "email_subject", "email_body"  # ConsentText.Kind
TITLE, FLYER = "flyer_title", "flyer_body"
FALLBACK = "en"

SHIPPED: Mapping[str, Mapping[str, str]] = {
    "en": {
        REQUEST: "{name}: may we send you news and offers by SMS? Reply {keyword} to agree, STOP to say no.",
        SUBJECT: "May {name} send you text messages?",
        BODY: "Hello,\n\nyou joined {name}, but have not told us yet whether we may send you news and offers by SMS."
        "\n\nIf you like to get them, text {keyword} to {number}. If not, do nothing: you get none.\n\nThe attached "
        "flyer has a code that writes the message for you.",
        TITLE: "Get our news by SMS",
        FLYER: "Text {keyword} to {number}, or point your camera at the code. You can stop at any time: reply STOP.",
    },
    "fr": {
        REQUEST: "{name}: pouvons-nous vous envoyer nos offres par SMS ? Répondez {keyword} si oui, STOP si non.",
        SUBJECT: "{name} peut-il vous envoyer des SMS ?",
        BODY: "Bonjour,\n\nvous êtes membre de {name}, mais vous ne nous avez pas encore dit si nous pouvons vous "
        "envoyer nos nouvelles et offres par SMS.\n\nPour les recevoir, envoyez {keyword} au {number}. Sinon, ne "
        "faites "
        "rien : vous n'en recevrez pas.\n\nLe dépliant ci-joint contient un code qui écrit le message pour vous.",
        TITLE: "Nos nouvelles par SMS",
        FLYER: "Envoyez {keyword} au {number} ou visez le code avec votre appareil photo. Vous pouvez arrêter à tout "
        "moment : répondez STOP.",
    },
    "es": {
        REQUEST: "{name}: ¿podemos enviarle novedades y ofertas por SMS? Responda {keyword} si acepta, BAJA si no.",
        SUBJECT: "¿Puede {name} enviarle mensajes de texto?",
        BODY: "Hola:\n\nes usted miembro de {name}, pero aún no nos ha dicho si podemos enviarle novedades y ofertas "
        "por SMS.\n\nSi desea recibirlas, envíe {keyword} al {number}. Si no, no haga nada: no recibirá ninguna.\n\nEl "
        "folleto adjunto lleva un código que escribe el mensaje por usted.",
        TITLE: "Nuestras novedades por SMS",
        FLYER: "Envíe {keyword} al {number} o enfoque el código con la cámara. Puede dejarlo cuando quiera: responda "
        "BAJA.",
    },
    "de": {
        REQUEST: "{name}: Dürfen wir Ihnen Neues und Angebote per SMS senden? Antworten Sie {keyword}, sonst STOP.",
        SUBJECT: "Darf {name} Ihnen SMS senden?",
        BODY: "Guten Tag,\n\nSie sind Mitglied bei {name}, haben uns aber noch nicht gesagt, ob wir Ihnen Neuigkeiten "
        "und Angebote per SMS senden dürfen.\n\nWenn Sie das möchten, senden Sie {keyword} an {number}. Wenn nicht, "
        "tun "
        "Sie nichts: Sie erhalten dann keine.\n\nAuf dem beigefügten Blatt steht ein Code, der die Nachricht für Sie "
        "schreibt.",
        TITLE: "Neues von uns per SMS",
        FLYER: "Senden Sie {keyword} an {number} oder richten Sie die Kamera auf den Code. Sie können jederzeit "
        "aufhören: "
        "Antworten Sie STOP.",
    },
    "it": {
        REQUEST: "{name}: possiamo inviarti novità e offerte via SMS? Rispondi {keyword} per accettare, STOP per no.",
        SUBJECT: "{name} può inviarti SMS?",
        BODY: "Ciao,\n\nsei iscritto a {name}, ma non ci hai ancora detto se possiamo inviarti novità e offerte via "
        "SMS."
        "\n\nSe vuoi riceverle, invia {keyword} al {number}. Altrimenti non fare nulla: non ne riceverai.\n\nIl "
        "volantino "
        "allegato ha un codice che scrive il messaggio per te.",
        TITLE: "Le nostre novità via SMS",
        FLYER: "Invia {keyword} al {number} o inquadra il codice con la fotocamera. Puoi smettere quando vuoi: "
        "rispondi "
        "STOP.",
    },
    "pt": {
        REQUEST: "{name}: podemos enviar novidades e ofertas por SMS? Responda {keyword} se aceita, SAIR se recusa.",
        SUBJECT: "{name} pode enviar-lhe SMS?",
        BODY: "Olá,\n\né membro de {name}, mas ainda não nos disse se podemos enviar-lhe novidades e ofertas por SMS."
        "\n\nSe as quiser receber, envie {keyword} para {number}. Caso contrário, não faça nada: não receberá nenhuma."
        "\n\nO folheto em anexo tem um código que escreve a mensagem por si.",
        TITLE: "As nossas novidades por SMS",
        FLYER: "Envie {keyword} para {number} ou aponte a câmara para o código. Pode parar quando quiser: responda "
        "SAIR.",
    },
    "nl": {
        REQUEST: "{name}: mogen wij u nieuws en acties per SMS sturen? Antwoord {keyword} voor ja, STOP voor nee.",
        SUBJECT: "Mag {name} u SMS-berichten sturen?",
        BODY: "Goedendag,\n\nu bent lid van {name}, maar hebt ons nog niet gezegd of wij u nieuws en acties per SMS "
        "mogen "
        "sturen.\n\nWilt u die ontvangen, stuur dan {keyword} naar {number}. Zo niet, doe dan niets: u ontvangt er "
        "geen."
        "\n\nOp het bijgevoegde blad staat een code die het bericht voor u schrijft.",
        TITLE: "Ons nieuws per SMS",
        FLYER: "Stuur {keyword} naar {number} of richt uw camera op de code. U kunt altijd stoppen: antwoord STOP.",
    },
    "ru": {
        REQUEST: "{name}: присылать новости? {keyword} - да, СТОП - нет",
        SUBJECT: "Можно ли {name} присылать вам SMS?",
        BODY: "Здравствуйте!\n\nВы участник {name}, но ещё не сказали нам, можно ли присылать вам новости и "
        "предложения "
        "по SMS.\n\nЕсли вы хотите их получать, отправьте {keyword} на номер {number}. Если нет, ничего не делайте: "
        "вы их "
        "не получите.\n\nВ приложенной листовке есть код, который напишет сообщение за вас.",
        TITLE: "Наши новости по SMS",
        FLYER: "Отправьте {keyword} на номер {number} или наведите камеру на код. Отказаться можно в любой момент: "
        "ответьте СТОП.",
    },
}  # fmt: skip


def keyword_of(start_words: Sequence[str]) -> str:
    """The word to text: the first that says something by itself, which a bare yes does not."""
    return next((word for word in start_words if key_of(word) not in YES), "START")


def fill(text: str, *, name: str, keyword: str, number: str) -> str:
    for known, value in (("{name}", name), ("{keyword}", keyword), ("{number}", number)):
        text = text.replace(known, value)
    return text
