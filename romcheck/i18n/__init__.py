"""Every sentence people read or hear, in every language, from one catalogue.

Code refers to a sentence by a stable key with its values (:mod:`romcheck.i18n.message`); the sentence
is formatted for display, in the reader's language (:mod:`romcheck.i18n.texts`). A language is one file in gettext's
format beside this one, ``en.po``, ``fr.po``: a key, its sentence with the names of its values in braces, and a second
sentence for the plural of the number ``count``.
"""
