"""Sums of money, percentages and dates of Russian copy, each with its value in a normal form.

reader          the values of a text, beside its names
tokens          figures, words and signs
numerals        numbers in figures and in words, in every case
ranges          two numbers that are the ends of a range
currency_words  names of currencies in every case
percent_words   units of percentages
sums            sums of money and percentages
date_words      months, weekdays, days of the month, turns of a period
year_words      years, spans of years and decades
calendar_days   days and months
parts_of_year   quarters and halves
relative_days   dates told by the day of the item
verb_side       whether verbs say that a date lies ahead

The labels, their extent and the normal forms are those of English (`worker.parse.values`); `года`
behind a year belongs to it.
"""
