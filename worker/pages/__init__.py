"""Article pages that entries link to.

    page_task  the page task, from leased pages to items on the work streams
    context    the equipment of that task
    crawler    fetches a page, each redirect under robots.txt, host pacing and the guards
    reader     reads pages in a sandbox, a process with limits of time and memory
    extract    converts the bytes of a page to text; only the sandbox loads its libraries
    article    joins the text of a page and the entry of a feed in an item

The libraries that read a page take 60 MB and have no limit of time or memory. The sandbox starts
with the first page and ends a minute after the last.
"""
