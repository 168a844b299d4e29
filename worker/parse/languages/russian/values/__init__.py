"""Numbers and currencies of Russian copy, the ground of its sums, percentages and dates.

tokens           figures, words and signs
numerals         numbers in figures and in words, in every case
currency_words   names of currencies in every case
"""
