"""The lists of words: each language's entries find what somebody would write there, and nothing in what ships."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.breaking import LANGUAGES, READY, TODAY, both, copied, said, speaking

from bot.checking.check import check_collection
from bot.checking.word_lists import entries

LEADING, LOADED, ASSUMPTIVE, OTHER = "leading", "loaded words", "assumptive", "Spiel"

IN_QUESTIONS = {
    "ar": {
        LEADING: "كم عمرك بالطبعِ؟", LOADED: "هل أنت من المعاقين؟", ASSUMPTIVE: "متى قررت ذلك؟", OTHER: "أخرى",
    },
    "de": {
        LEADING: "Natürlich weißt du, wie alt du bist.", LOADED: "Bist du Ausländerin?",
        ASSUMPTIVE: "Wie alt ist deine Frau?", OTHER: "Sonstige",
    },
    "es": {
        LEADING: "¿Cuántos años tienes, por supuesto?", LOADED: "¿Eres una persona normal?",
        ASSUMPTIVE: "¿Por qué no quieres decir tu edad?", OTHER: "Otra (especifica)",
    },
    "fr": {
        LEADING: "Tout le monde sait quel âge vous avez.", LOADED: "Êtes-vous une personne normale ?",
        ASSUMPTIVE: "Quel âge a votre femme ?", OTHER: "Autre",
    },
    "hi": {
        LEADING: "बेशक आपकी उम्र क्या है?", LOADED: "क्या आप असली मर्द हैं?", ASSUMPTIVE: "आपने क्यों छोड़ा?", OTHER: "अन्य",
    },
    "id": {
        LEADING: "Tentu saja, berapa usia Anda?", LOADED: "Apakah Anda pribumi?",
        ASSUMPTIVE: "Mengapa Anda berhenti?", OTHER: "Lainnya",
    },
    "ja": {
        LEADING: "もちろん、何歳ですか。", LOADED: "あなたは普通の女性ですか。", ASSUMPTIVE: "ご主人は何歳ですか。",
        OTHER: "その他",
    },
    "pt_BR": {
        LEADING: "Claro que você sabe a sua idade?", LOADED: "Você é portador de deficiência?",
        ASSUMPTIVE: "Qual é a idade da sua esposa?", OTHER: "Outro",
    },
    "sw": {
        LEADING: "Bila shaka, una umri gani?", LOADED: "Je, wewe ni zeruzeru?",
        ASSUMPTIVE: "Mume wako ana umri gani?", OTHER: "Nyingine",
    },
    "ur": {
        LEADING: "ظاہر ہے آپ کی عمر کیا ہے؟", LOADED: "کیا آپ معذور ہیں؟", ASSUMPTIVE: "آپ کی بیوی کی عمر؟",
        OTHER: "دیگر",
    },
    "zh_Hans": {
        LEADING: "众所周知，您多大？", LOADED: "您是正常的女人吗？", ASSUMPTIVE: "您的丈夫多大？", OTHER: "其他",
    },
}  # fmt: skip
"""Language -> what each part of the list finds, as a translator might write it."""

IN_INVITES = {
    "ar": {"urgency": "فرصة أخيرة!!", "steering": "نحتاج إليك", "reward": "اربح جائزة"},
    "de": {"urgency": "Nur noch heute", "steering": "Wir brauchen dich", "reward": "Verdiene Geld nebenbei"},
    "es": {"urgency": "Última oportunidad", "steering": "Tienes que participar", "reward": "Gana dinero con la IA"},
    "fr": {"urgency": "Dernière chance", "steering": "Nous avons besoin de vous", "reward": "Gagnez un cadeau"},
    "hi": {"urgency": "जल्दी करें", "steering": "हमें आपकी ज़रूरत है", "reward": "पैसे कमाएँ"},
    "id": {"urgency": "Kesempatan terakhir", "steering": "Anda harus ikut", "reward": "Dapatkan uang dan hadiah"},
    "ja": {"urgency": "本日限り", "steering": "参加すべきです", "reward": "簡単にお金がもらえます"},
    "pt_BR": {"urgency": "Última chance", "steering": "Você precisa participar", "reward": "Ganhe um brinde"},
    "sw": {"urgency": "Nafasi ya mwisho", "steering": "Tunakuhitaji", "reward": "Jishindie zawadi"},
    "ur": {"urgency": "آخری موقع", "steering": "ہمیں آپ کی ضرورت ہے", "reward": "پیسے کمائیں"},
    "zh_Hans": {"urgency": "最后机会", "steering": "您必须参加", "reward": "轻松赚钱"},
}

ON_CARDS = {
    "ar": {"answers": "تحصل على {pay} عن كل إجابة.", "finishing": "تحصل على {pay} فقط إذا أكملت."},
    "de": {"answers": "Du bekommst {pay} für jede Antwort.", "finishing": "{pay} gibt es nur, wenn du fertig bist."},
    "es": {"answers": "Recibes {pay} por cada respuesta.", "finishing": "Recibes {pay} solo si terminas."},
    "fr": {"answers": "Vous recevez {pay} pour chaque réponse.", "finishing": "{pay}, seulement si vous terminez."},
    "hi": {"answers": "हर जवाब के लिए {pay} मिलेगा।", "finishing": "पूरा करने पर ही {pay} मिलेगा।"},
    "id": {"answers": "Anda mendapat {pay} untuk setiap jawaban.", "finishing": "{pay} hanya jika Anda selesai."},
    "ja": {"answers": "回答ごとに{pay}お支払いします。", "finishing": "最後まで答えた方だけに{pay}をお支払いします。"},
    "pt_BR": {"answers": "Você recebe {pay} por cada resposta.", "finishing": "{pay}, só se você terminar."},
    "sw": {"answers": "Unapata {pay} kwa kila jibu.", "finishing": "Unapata {pay} ukimaliza tu."},
    "ur": {"answers": "ہر جواب کے لیے {pay} ملے گا۔", "finishing": "مکمل کرنے پر ہی {pay} ملے گا۔"},
    "zh_Hans": {"answers": "每个问题付您{pay}。", "finishing": "全部答完后才付{pay}。"},
}

NOT_ANSWERING = {
    "ar": "أفضّل عدم الإجابة", "de": "Keine Angabe", "es": "Prefiero no responder", "fr": "Je préfère ne pas répondre",
    "hi": "जवाब नहीं देना है", "id": "Memilih tidak menjawab", "ja": "答えたくない", "pt_BR": "Prefiro não responder",
    "sw": "Sipendi kujibu", "ur": "جواب نہیں دینا", "zh_Hans": "不想回答",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_a_language_s_lists_finds_its_own_and_says_where_it_is_from(language: str) -> None:
    found = {part: [e for e in entries("loaded", language) if part in e.source] for part in IN_QUESTIONS[language]}
    for part, words in IN_QUESTIONS[language].items():
        assert any(each.within(words) for each in found[part]), (part, words)
    for about, words in IN_INVITES[language].items():
        assert any(each.within(words) for each in entries("pressure", language) if each.about == about), words
    for about, words in ON_CARDS[language].items():
        assert [e.about for e in entries("pay_tied", language) if e.within(words)] == [about], words
    assert any(each.within(NOT_ANSWERING[language]) for each in entries("opt_outs", language))
    for name in ("loaded", "pressure", "opt_outs", "pay_tied"):
        listed = entries(name, language)
        assert all(each.source and (each.instead or name == "pay_tied") for each in listed)
        assert all("our own judgement" in each.source for each in listed), "until somebody finds better"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_alone_is_enough_to_be_found(language: str, tmp_path: Path) -> None:
    """The English says nothing of it; what is found names the language, and the line of its catalog."""
    folder = copied(tmp_path, *speaking(language))
    both(
        said(language, "How old are you?", IN_QUESTIONS[language][ASSUMPTIVE]),
        said(language, "75 or older", NOT_ANSWERING[language]),
        said(language, "Does AI work well for everyone?", IN_INVITES[language]["reward"]),
    )(folder)
    found = check_collection(folder, TODAY)
    assert {(each.rule, each.language) for each in found} == {
        ("questions.loaded", language),
        ("questions.opt_out_not_exclusive", language),
        ("people.pressing_invite", language),
    }, "\n".join(map(str, found))
    catalog = folder / "translations" / language / "LC_MESSAGES" / "demographics.po"
    assert {each.path for each in found} == {catalog}
    lines = catalog.read_text(encoding="utf-8").splitlines()
    assert all("How old are you?" in lines[each.line - 1] for each in found if each.rule == "questions.loaded")


def test_the_ready_collection_says_nothing_of_it_in_any_language() -> None:
    """Every word that it says anywhere in its questions, held against the lists of its own language."""
    assert [str(each) for each in check_collection(READY, TODAY)] == []


def test_words_are_found_however_they_were_typed() -> None:
    """A Hindi letter with its dot as one sign or two; Arabic with vowel signs or without."""
    [first, *_] = [each for each in entries("loaded", "hi") if each.within("\u095bाहिर है")]
    assert first.within("ज\u093cाहिर है")
    assert any(each.within("طَبْعًا") for each in entries("loaded", "ar"))
