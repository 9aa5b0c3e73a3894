// The chat's own words, as a messenger would show them in the contributor's language. The bot's words come from the bot.

const WORDS = {
  en: {
    names: ["Alex", "Sam", "Robin", "Jo", "Kit"],
    start: "Start", restart: "Restart the bot", message: "Message", send: "Send", bot: "bot", edited: "edited",
    typing: "typing…", uploading: "sending a file…", about: "What can this bot do?", commands: "Commands",
    copied: "Copied", ok: "OK", blocked: "You blocked this bot.", download: "Download", more: "More",
    block: "Block the bot", link: "Start with a link’s payload…", deactivated: "This account is gone.",
    protected: "cannot be forwarded or saved",
  },
  ar: {
    names: ["نور", "أمل", "صباح", "رضا", "جهاد"],
    start: "ابدأ", restart: "إعادة تشغيل البوت", message: "رسالة", send: "إرسال", bot: "بوت", edited: "مُعدَّلة",
    typing: "يكتب…", uploading: "يرسل ملفًا…", about: "ماذا يمكن لهذا البوت أن يفعل؟", commands: "الأوامر",
    copied: "تم النسخ", ok: "حسنًا", blocked: "لقد حظرت هذا البوت.", download: "تنزيل", more: "المزيد",
    block: "حظر البوت", link: "البدء من رابط…", deactivated: "هذا الحساب محذوف.",
    protected: "لا يمكن إعادة توجيهها أو حفظها",
  },
  es: {
    names: ["Luz", "Ariel", "Cruz", "Paz"],
    start: "Iniciar", restart: "Reiniciar el bot", message: "Mensaje", send: "Enviar", bot: "bot", edited: "editado",
    typing: "escribiendo…", uploading: "enviando un archivo…", about: "¿Qué puede hacer este bot?",
    commands: "Comandos", copied: "Copiado", ok: "Aceptar", blocked: "Has bloqueado este bot.", download: "Descargar",
    more: "Más", block: "Bloquear el bot", link: "Iniciar con un enlace…", deactivated: "Esta cuenta ya no existe.",
    protected: "no se puede reenviar ni guardar",
  },
  de: {
    names: ["Kim", "Toni", "Mika", "Luca"],
    start: "Starten", restart: "Bot neu starten", message: "Nachricht", send: "Senden", bot: "Bot",
    edited: "bearbeitet", typing: "schreibt…", uploading: "sendet eine Datei…", about: "Was kann dieser Bot?",
    commands: "Befehle", copied: "Kopiert", ok: "OK", blocked: "Du hast diesen Bot blockiert.",
    download: "Herunterladen", more: "Mehr", block: "Bot blockieren", link: "Mit einem Link starten…",
    deactivated: "Dieses Konto gibt es nicht mehr.", protected: "kann nicht weitergeleitet oder gespeichert werden",
  },
  fr: {
    names: ["Camille", "Dominique", "Maxime"],
    start: "Démarrer", restart: "Redémarrer le bot", message: "Message", send: "Envoyer", bot: "bot",
    edited: "modifié", typing: "écrit…", uploading: "envoie un fichier…", about: "Que peut faire ce bot ?",
    commands: "Commandes", copied: "Copié", ok: "OK", blocked: "Vous avez bloqué ce bot.", download: "Télécharger",
    more: "Plus", block: "Bloquer le bot", link: "Démarrer avec un lien…", deactivated: "Ce compte n’existe plus.",
    protected: "ne peut être ni transféré ni enregistré",
  },
  pt: {
    names: ["Darci", "Ariel", "Noah", "Iara"],
    start: "Iniciar", restart: "Reiniciar o bot", message: "Mensagem", send: "Enviar", bot: "bot", edited: "editada",
    typing: "digitando…", uploading: "enviando um arquivo…", about: "O que este bot pode fazer?",
    commands: "Comandos", copied: "Copiado", ok: "OK", blocked: "Você bloqueou este bot.", download: "Baixar",
    more: "Mais", block: "Bloquear o bot", link: "Iniciar com um link…", deactivated: "Esta conta não existe mais.",
    protected: "não pode ser encaminhada nem salva",
  },
  hi: {
    names: ["किरण", "ज्योति", "सुमन", "अमन"],
    start: "शुरू करें", restart: "बॉट फिर शुरू करें", message: "संदेश", send: "भेजें", bot: "बॉट", edited: "संपादित",
    typing: "लिख रहा है…", uploading: "फ़ाइल भेज रहा है…", about: "यह बॉट क्या कर सकता है?", commands: "कमांड",
    copied: "कॉपी किया गया", ok: "ठीक है", blocked: "आपने इस बॉट को ब्लॉक किया है।", download: "डाउनलोड करें",
    more: "और", block: "बॉट को ब्लॉक करें", link: "लिंक से शुरू करें…", deactivated: "यह खाता अब नहीं है।",
    protected: "आगे नहीं भेजा या सहेजा जा सकता",
  },
  sw: {
    names: ["Amani", "Baraka", "Neema", "Imani"],
    start: "Anza", restart: "Anzisha boti upya", message: "Ujumbe", send: "Tuma", bot: "boti", edited: "umehaririwa",
    typing: "inaandika…", uploading: "inatuma faili…", about: "Boti hii inaweza kufanya nini?", commands: "Amri",
    copied: "Imenakiliwa", ok: "Sawa", blocked: "Umeizuia boti hii.", download: "Pakua", more: "Zaidi",
    block: "Zuia boti", link: "Anza kwa kiungo…", deactivated: "Akaunti hii haipo tena.",
    protected: "hauwezi kusambazwa wala kuhifadhiwa",
  },
  ja: {
    names: ["光", "葵", "薫", "翼"],
    start: "開始", restart: "ボットを再開", message: "メッセージ", send: "送信", bot: "ボット", edited: "編集済み",
    typing: "入力中…", uploading: "ファイルを送信中…", about: "このボットでできること", commands: "コマンド",
    copied: "コピーしました", ok: "OK", blocked: "このボットをブロックしています。", download: "ダウンロード",
    more: "その他", block: "ボットをブロック", link: "リンクから開始…", deactivated: "このアカウントはもうありません。",
    protected: "転送・保存できません",
  },
  he: {
    names: ["נועם", "טל", "שחר"],
    start: "התחלה", restart: "הפעלה מחדש", message: "הודעה", send: "שליחה", bot: "בוט", edited: "נערכה",
    typing: "מקליד…", uploading: "שולח קובץ…", about: "מה הבוט הזה יכול לעשות?", commands: "פקודות",
    copied: "הועתק", ok: "אישור", blocked: "חסמת את הבוט הזה.", download: "הורדה", more: "עוד",
    block: "חסימת הבוט", link: "התחלה מקישור…", deactivated: "החשבון הזה נמחק.",
    protected: "לא ניתן להעביר או לשמור",
  },
  ur: {
    names: ["نور", "شمع", "اقبال"],
    start: "شروع کریں", restart: "بوٹ دوبارہ شروع کریں", message: "پیغام", send: "بھیجیں", bot: "بوٹ",
    edited: "ترمیم شدہ", typing: "لکھ رہا ہے…", uploading: "فائل بھیج رہا ہے…", about: "یہ بوٹ کیا کر سکتا ہے؟",
    commands: "کمانڈز", copied: "کاپی ہو گیا", ok: "ٹھیک ہے", blocked: "آپ نے اس بوٹ کو بلاک کیا ہے۔",
    download: "ڈاؤن لوڈ", more: "مزید", block: "بوٹ کو بلاک کریں", link: "لنک سے شروع کریں…",
    deactivated: "یہ اکاؤنٹ اب موجود نہیں۔", protected: "آگے بھیجا یا محفوظ نہیں کیا جا سکتا",
  },
};

export function wordsFor(languageCode) {
  return WORDS[(languageCode || "en").split("-")[0]] || WORDS.en;
}

/** "العربية" for ar: a language by its own name. */
export function languageName(code) {
  try {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code);
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return code;
  }
}

/** A first name of that language which nobody on the page bears yet. */
export function suggestedName(code, taken) {
  const names = wordsFor(code).names;
  const free = names.find((name) => !taken.includes(name));
  return free || `${names[0]} ${taken.length + 1}`;
}
