"""Editing a draft scheme as plain data: places, moves, forms, live examples. Nothing here touches the database.

    place = find(content, "indicators[0].children[2]")      # what one form is about
    form = form_for(place, around, data)                     # a form of that place, bound or not
    form.write(node)                                         # its values back into the plain data
    moves.move(content, path, "up") -> Moved(content, path)  # a new content; the old one stays as it is

Paths are those of `scoring.check`, so a problem finds its form and its field (`problems.py`). The content may be any
JSON: what cannot be read is shown as missing, and a step that is impossible raises `Refused` with a sentence.
"""
