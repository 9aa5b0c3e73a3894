"""What each loop says: as long as the product's own invite in English, with as many buttons."""

WORDS = (
    "<i>An invite from Example Lab</i>\n\n<b>Does AI work well for everyone?</b>\n\n"
    "To see whether AI works equally well for different people.\n\n"
    "About 4 minutes, and $2.50 for your time. Looking costs nothing, and you decide.\n\n"
    "<i>This is an invite that you agreed to get. One press stops them all.</i>"
)
BUTTONS = (
    ("Have a look", "i.open.demographics"),
    ("Why am I getting this?", "i.why.demographics"),
    ("Stop inviting me", "i.stop.demographics"),
)
