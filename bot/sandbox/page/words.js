// The chat's own words, as a messenger would show them in the contributor's language. The bot's words come from the bot.

const WORDS = {
  en: {
    names: ["Alex", "Sam", "Robin", "Jo", "Kit"],
    start: "Start", restart: "Restart the bot", message: "Message", send: "Send", bot: "bot", edited: "edited",
    typing: "typing…", uploading: "sending a file…", about: "What can this bot do?", commands: "Commands",
    copied: "Copied", ok: "OK", blocked: "You blocked this bot.", download: "Download", more: "More",
    block: "Block the bot", link: "Start with a link’s payload…", deactivated: "This account is gone.",
    protected: "cannot be forwarded or saved",
    newest: "To the newest message", unread: "New messages", file: "File", picture: "Picture", buttons: "Buttons",
    awaited: "waiting for an answer…", unreachable: "The sandbox does not answer.", unblock: "Unblock the bot",
    leave: "Delete this account", anew: "Start over as somebody new", forget: "Take off this page",
  },
  ar: {
    names: ["نور", "أمل", "صباح", "رضا", "جهاد"],
    start: "ابدأ", restart: "إعادة تشغيل البوت", message: "رسالة", send: "إرسال", bot: "بوت", edited: "مُعدَّلة",
    typing: "يكتب…", uploading: "يرسل ملفًا…", about: "ماذا يمكن لهذا البوت أن يفعل؟", commands: "الأوامر",
    copied: "تم النسخ", ok: "حسنًا", blocked: "لقد حظرت هذا البوت.", download: "تنزيل", more: "المزيد",
    block: "حظر البوت", link: "البدء من رابط…", deactivated: "هذا الحساب محذوف.",
    protected: "لا يمكن إعادة توجيهها أو حفظها",
    newest: "إلى أحدث رسالة", unread: "رسائل جديدة", file: "ملف", picture: "صورة", buttons: "الأزرار",
    awaited: "بانتظار الرد…", unreachable: "بيئة التجربة لا تستجيب.", unblock: "إلغاء حظر البوت",
    leave: "حذف هذا الحساب", anew: "البدء من جديد بحساب آخر", forget: "الإزالة من هذه الصفحة",
  },
  es: {
    names: ["Luz", "Ariel", "Cruz", "Paz"],
    start: "Iniciar", restart: "Reiniciar el bot", message: "Mensaje", send: "Enviar", bot: "bot", edited: "editado",
    typing: "escribiendo…", uploading: "enviando un archivo…", about: "¿Qué puede hacer este bot?",
    commands: "Comandos", copied: "Copiado", ok: "Aceptar", blocked: "Has bloqueado este bot.", download: "Descargar",
    more: "Más", block: "Bloquear el bot", link: "Iniciar con un enlace…", deactivated: "Esta cuenta ya no existe.",
    protected: "no se puede reenviar ni guardar",
    newest: "Ir al mensaje más reciente", unread: "Mensajes nuevos", file: "Archivo", picture: "Imagen",
    buttons: "Botones", awaited: "esperando respuesta…", unreachable: "El entorno de ensayo no responde.",
    unblock: "Desbloquear el bot", leave: "Eliminar esta cuenta", anew: "Empezar de nuevo con otra cuenta",
    forget: "Quitar de esta página",
  },
  de: {
    names: ["Kim", "Toni", "Mika", "Luca"],
    start: "Starten", restart: "Bot neu starten", message: "Nachricht", send: "Senden", bot: "Bot",
    edited: "bearbeitet", typing: "schreibt…", uploading: "sendet eine Datei…", about: "Was kann dieser Bot?",
    commands: "Befehle", copied: "Kopiert", ok: "OK", blocked: "Du hast diesen Bot blockiert.",
    download: "Herunterladen", more: "Mehr", block: "Bot blockieren", link: "Mit einem Link starten…",
    deactivated: "Dieses Konto gibt es nicht mehr.", protected: "kann nicht weitergeleitet oder gespeichert werden",
    newest: "Zur neuesten Nachricht", unread: "Neue Nachrichten", file: "Datei", picture: "Bild", buttons: "Tasten",
    awaited: "wartet auf Antwort…", unreachable: "Die Probeumgebung antwortet nicht.", unblock: "Bot freigeben",
    leave: "Dieses Konto löschen", anew: "Mit neuem Konto von vorn beginnen", forget: "Von dieser Seite entfernen",
  },
  fr: {
    names: ["Camille", "Dominique", "Maxime"],
    start: "Démarrer", restart: "Redémarrer le bot", message: "Message", send: "Envoyer", bot: "bot",
    edited: "modifié", typing: "écrit…", uploading: "envoie un fichier…", about: "Que peut faire ce bot ?",
    commands: "Commandes", copied: "Copié", ok: "OK", blocked: "Vous avez bloqué ce bot.", download: "Télécharger",
    more: "Plus", block: "Bloquer le bot", link: "Démarrer avec un lien…", deactivated: "Ce compte n’existe plus.",
    protected: "ne peut être ni transféré ni enregistré",
    newest: "Aller au message le plus récent", unread: "Nouveaux messages", file: "Fichier", picture: "Image",
    buttons: "Boutons", awaited: "en attente d’une réponse…", unreachable: "Le bac à sable ne répond pas.",
    unblock: "Débloquer le bot", leave: "Supprimer ce compte", anew: "Recommencer avec un nouveau compte",
    forget: "Retirer de cette page",
  },
  pt: {
    names: ["Darci", "Ariel", "Noah", "Iara"],
    start: "Iniciar", restart: "Reiniciar o bot", message: "Mensagem", send: "Enviar", bot: "bot", edited: "editada",
    typing: "digitando…", uploading: "enviando um arquivo…", about: "O que este bot pode fazer?",
    commands: "Comandos", copied: "Copiado", ok: "OK", blocked: "Você bloqueou este bot.", download: "Baixar",
    more: "Mais", block: "Bloquear o bot", link: "Iniciar com um link…", deactivated: "Esta conta não existe mais.",
    protected: "não pode ser encaminhada nem salva",
    newest: "Ir para a mensagem mais recente", unread: "Mensagens novas", file: "Arquivo", picture: "Imagem",
    buttons: "Botões", awaited: "aguardando resposta…", unreachable: "O ambiente de ensaio não responde.",
    unblock: "Desbloquear o bot", leave: "Excluir esta conta", anew: "Recomeçar com outra conta",
    forget: "Tirar desta página",
  },
  hi: {
    names: ["किरण", "ज्योति", "सुमन", "अमन"],
    start: "शुरू करें", restart: "बॉट फिर शुरू करें", message: "संदेश", send: "भेजें", bot: "बॉट", edited: "संपादित",
    typing: "लिख रहा है…", uploading: "फ़ाइल भेज रहा है…", about: "यह बॉट क्या कर सकता है?", commands: "कमांड",
    copied: "कॉपी किया गया", ok: "ठीक है", blocked: "आपने इस बॉट को ब्लॉक किया है।", download: "डाउनलोड करें",
    more: "और", block: "बॉट को ब्लॉक करें", link: "लिंक से शुरू करें…", deactivated: "यह खाता अब नहीं है।",
    protected: "आगे नहीं भेजा या सहेजा जा सकता",
    newest: "सबसे नए संदेश पर जाएँ", unread: "नए संदेश", file: "फ़ाइल", picture: "चित्र", buttons: "बटन",
    awaited: "जवाब का इंतज़ार…", unreachable: "अभ्यास का सर्वर जवाब नहीं दे रहा।", unblock: "बॉट को अनब्लॉक करें",
    leave: "यह खाता हटाएँ", anew: "नए खाते से फिर शुरू करें", forget: "इस पेज से हटाएँ",
  },
  sw: {
    names: ["Amani", "Baraka", "Neema", "Imani"],
    start: "Anza", restart: "Anzisha boti upya", message: "Ujumbe", send: "Tuma", bot: "boti", edited: "umehaririwa",
    typing: "inaandika…", uploading: "inatuma faili…", about: "Boti hii inaweza kufanya nini?", commands: "Amri",
    copied: "Imenakiliwa", ok: "Sawa", blocked: "Umeizuia boti hii.", download: "Pakua", more: "Zaidi",
    block: "Zuia boti", link: "Anza kwa kiungo…", deactivated: "Akaunti hii haipo tena.",
    protected: "hauwezi kusambazwa wala kuhifadhiwa",
    newest: "Nenda kwenye ujumbe mpya zaidi", unread: "Ujumbe mpya", file: "Faili", picture: "Picha",
    buttons: "Vitufe", awaited: "inasubiri jibu…", unreachable: "Mazingira ya majaribio hayajibu.",
    unblock: "Ondoa kizuizi cha boti", leave: "Futa akaunti hii", anew: "Anza upya kwa akaunti nyingine",
    forget: "Ondoa kwenye ukurasa huu",
  },
  ja: {
    names: ["光", "葵", "薫", "翼"],
    start: "開始", restart: "ボットを再開", message: "メッセージ", send: "送信", bot: "ボット", edited: "編集済み",
    typing: "入力中…", uploading: "ファイルを送信中…", about: "このボットでできること", commands: "コマンド",
    copied: "コピーしました", ok: "OK", blocked: "このボットをブロックしています。", download: "ダウンロード",
    more: "その他", block: "ボットをブロック", link: "リンクから開始…", deactivated: "このアカウントはもうありません。",
    protected: "転送・保存できません",
    newest: "最新のメッセージへ", unread: "新しいメッセージ", file: "ファイル", picture: "画像", buttons: "ボタン", awaited: "返信を待っています…",
    unreachable: "サンドボックスが応答しません。", unblock: "ボットのブロックを解除", leave: "このアカウントを削除", anew: "新しいアカウントでやり直す",
    forget: "このページから外す",
  },
  he: {
    names: ["נועם", "טל", "שחר"],
    start: "התחלה", restart: "הפעלה מחדש", message: "הודעה", send: "שליחה", bot: "בוט", edited: "נערכה",
    typing: "מקליד…", uploading: "שולח קובץ…", about: "מה הבוט הזה יכול לעשות?", commands: "פקודות",
    copied: "הועתק", ok: "אישור", blocked: "חסמת את הבוט הזה.", download: "הורדה", more: "עוד",
    block: "חסימת הבוט", link: "התחלה מקישור…", deactivated: "החשבון הזה נמחק.",
    protected: "לא ניתן להעביר או לשמור",
    newest: "אל ההודעה החדשה ביותר", unread: "הודעות חדשות", file: "קובץ", picture: "תמונה", buttons: "כפתורים",
    awaited: "בהמתנה לתשובה…", unreachable: "סביבת הניסוי לא מגיבה.", unblock: "ביטול חסימת הבוט",
    leave: "מחיקת החשבון הזה", anew: "התחלה מחדש בחשבון אחר", forget: "הסרה מהדף הזה",
  },
  ur: {
    names: ["نور", "شمع", "اقبال"],
    start: "شروع کریں", restart: "بوٹ دوبارہ شروع کریں", message: "پیغام", send: "بھیجیں", bot: "بوٹ",
    edited: "ترمیم شدہ", typing: "لکھا جا رہا ہے…", uploading: "فائل بھیجی جا رہی ہے…", about: "یہ بوٹ کیا کر سکتا ہے؟",
    commands: "کمانڈز", copied: "کاپی ہو گیا", ok: "ٹھیک ہے", blocked: "آپ نے اس بوٹ کو بلاک کیا ہے۔",
    download: "ڈاؤن لوڈ", more: "مزید", block: "بوٹ کو بلاک کریں", link: "لنک سے شروع کریں…",
    deactivated: "یہ اکاؤنٹ اب موجود نہیں۔", protected: "آگے بھیجا یا محفوظ نہیں کیا جا سکتا",
    newest: "تازہ ترین پیغام پر جائیں", unread: "نئے پیغامات", file: "فائل", picture: "تصویر", buttons: "بٹن",
    awaited: "جواب کا انتظار…", unreachable: "مشق کا سرور جواب نہیں دے رہا۔", unblock: "بوٹ کو ان بلاک کریں",
    leave: "یہ اکاؤنٹ حذف کریں", anew: "نئے اکاؤنٹ سے دوبارہ شروع کریں", forget: "اس صفحے سے ہٹائیں",
  },
  zh: {
    names: ["小雨", "安然", "晓晨", "子墨"],
    start: "开始", restart: "重新启动机器人", message: "消息", send: "发送", bot: "机器人", edited: "已编辑",
    typing: "正在输入…", uploading: "正在发送文件…", about: "这个机器人能做什么？", commands: "命令",
    copied: "已复制", ok: "好的", blocked: "您已屏蔽这个机器人。", download: "下载", more: "更多",
    block: "屏蔽机器人", link: "从链接开始…", deactivated: "这个账号已不存在。", protected: "不能转发或保存",
    newest: "到最新消息", unread: "新消息", file: "文件", picture: "图片", buttons: "按钮", awaited: "正在等待回复…",
    unreachable: "演练环境没有响应。", unblock: "解除屏蔽", leave: "删除这个账号", anew: "换个新账号重新开始",
    forget: "从本页移除",
  },
  id: {
    names: ["Tri", "Eka", "Dwi", "Wahyu"],
    start: "Mulai", restart: "Mulai ulang bot", message: "Pesan", send: "Kirim", bot: "bot", edited: "diedit",
    typing: "mengetik…", uploading: "mengirim berkas…", about: "Apa yang bisa dilakukan bot ini?", commands: "Perintah",
    copied: "Disalin", ok: "Oke", blocked: "Anda memblokir bot ini.", download: "Unduh", more: "Lainnya",
    block: "Blokir bot", link: "Mulai dari tautan…", deactivated: "Akun ini sudah tidak ada.",
    protected: "tidak bisa diteruskan atau disimpan",
    newest: "Ke pesan terbaru", unread: "Pesan baru", file: "Berkas", picture: "Gambar", buttons: "Tombol",
    awaited: "menunggu jawaban…", unreachable: "Kotak pasir tidak menjawab.", unblock: "Buka blokir bot",
    leave: "Hapus akun ini", anew: "Mulai lagi dengan akun baru", forget: "Keluarkan dari halaman ini",
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
