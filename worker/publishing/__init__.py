"""Publishes the events of an item, once and in order.

parse_task  the parse task, from the entries of a task message to events on the desks
context     the equipment of that task
annotation  annotates a batch in which an item may break the parser
publisher   builds and sends publish requests, again after a conflict
versions    the version under which an item is published
duplicates  the items of a batch that repeat another
kills       the targets of a kill, and the items that it overtook
rejection   moves entries to the dead letters
replay      annotates archived items again and publishes changed events
"""
