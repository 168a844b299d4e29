"""Article pages: may we ask (`robots`), what came (`visit`), and the article in it (`article`).

    robots    robots.txt: what it allows, how fast; kept for a day
    visit     one page, each hop of the way under robots.txt, pace and guards
    extract   bytes of a page to its text; loads trafilatura, so only `child` imports it
    child     the process that reads pages; hostile ones die with it
    reader    our end of that process
    article   the page's text and the feed's entry, as one item

Reading a page takes 60 MB of libraries and has no bound of its own: it is done in a process of its
own, started with the first page and gone a minute after the last.
"""
