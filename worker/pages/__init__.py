"""The article page that an entry links to.

    page_task  the page task: leased pages to items on the work streams
    context    the equipment of that task
    crawler    one page, each redirect under robots.txt, pace and guards
    reader     reads pages in a sandbox, a process with limits of time and memory
    extract    bytes of a page to its text; only the sandbox loads its libraries
    article    the page's text and the feed's entry, as one item

Reading a page takes 60 MB of libraries and has no limit of its own. The sandbox starts with the
first page and ends a minute after the last.
"""
