"""Polls feeds: the time of each poll, the poll itself, and pushes of hubs.

poll_task        the poll task, from leased feeds to their saved states
fetching         a poll up to its outcome: slot, fetch, reading, admission of new items
context          the equipment of that task
admission        classifies the items of a body for the store
schedule         the time of the next poll, and the state of a feed after a poll
cadence          the interval that a feed's past entries suggest
host_pacing      slots and back-off of a host, shared by all processes
backpressure     slows or stops polling while the inbox or the store is full
websub           offers of hubs, requests that are due, signatures
subscriptions    makes, renews and ends subscriptions at hubs
websub_receiver  the web application that hubs call
explain          explains the time of a poll to people
feeds_file       feeds.toml
toml_tables      rows of a TOML file, with errors that name the field
"""
