"""Attribution: the noun phrase that is the source of a quotation, and no quotation at all."""
