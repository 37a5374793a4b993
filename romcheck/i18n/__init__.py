"""Every sentence people read or hear, in every language, from one catalogue.

Code names a sentence by a stable key and gives the values that stand in it (:mod:`romcheck.i18n.message`); the sentence
is made at the edge, in the reader's language (:mod:`romcheck.i18n.texts`). A language is one file in gettext's format
beside this one, ``en.po``, ``fr.po``: a key, its sentence with names in braces where values stand, and a second
sentence where the number ``count`` asks for a plural.
"""
