"""Texts that stand in sentences as values, such as what it is that is not there. The catalogue has them; code need not say them here."""

from core.words import N_

KINDS = (
    N_("document"),
    N_("library"),
    N_("file"),
    N_("Word file"),
    N_("Excel file"),
    N_("PowerPoint file"),
    N_("OpenDocument file"),
    N_("XML file"),
)
TIMES = (N_("a second"), N_("%(count)s seconds"), N_("%(count)s minutes"), N_("%(count)s hours"))
READABLE = N_(
    "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, e-mail, HTML, Markdown, CSV, JSON, XML, text and picture "
    "files can be read"
)
OTHERS = (
    N_("1 question"),
    N_("%(count)s questions"),
    N_("The file"),
    N_("This file"),
    N_("Delete some that you no longer need"),
)
NOT_READ = (  # what a file is that cannot be read
    N_("an Apple Pages document"),
    N_("an Apple Numbers document"),
    N_("an Apple Keynote document"),
    N_("an Apple Pages, Numbers or Keynote document"),
    N_("an XPS document"),
    N_("a Visio drawing"),
    N_("an OpenDocument file of a kind that is no text, sheet, presentation or drawing"),
)
ADVICE = (  # what can be done with it
    N_("Export it as PDF or Word (File › Export To)"),
    N_("Export it as PDF or Excel (File › Export To)"),
    N_("Export it as PDF or PowerPoint (File › Export To)"),
    N_("Export it as PDF or Word, Excel or PowerPoint (File › Export To)"),
    N_("Export it as PDF"),
    N_("Print it to PDF"),
)
