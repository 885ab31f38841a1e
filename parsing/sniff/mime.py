"""The types that can be read, by their MIME names."""

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSB = "application/vnd.ms-excel.sheet.binary.macroenabled.12"
DOC = "application/msword"
PPT = "application/vnd.ms-powerpoint"
XLS = "application/vnd.ms-excel"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"
ODG = "application/vnd.oasis.opendocument.graphics"
EPUB = "application/epub+zip"
RTF = "application/rtf"
EML = "message/rfc822"
MBOX = "application/mbox"
MSG = "application/vnd.ms-outlook"
OLE = "application/x-ole-storage"  # an old office file whose kind the whole file tells
OLE_OBJECT = "application/x-ole-object"  # a file of another program, as office files hold it
HTML = "text/html"
MARKDOWN = "text/markdown"
TEXT = "text/plain"
SOURCE = "text/x-source"  # source code, configuration: what is read line by line
CSV = "text/csv"
JSON = "application/json"
XML = "application/xml"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
BMP = "image/bmp"
GIF = "image/gif"
HEIC = "image/heic"
AVIF = "image/avif"

IMAGES = (PNG, JPEG, TIFF, WEBP, BMP, GIF, HEIC, AVIF)
PAGED = (PDF, *IMAGES)  # pages that can be drawn

READABLE = (
    "PDF, Word, PowerPoint, Excel, OpenDocument, EPUB, RTF, e-mail, HTML, Markdown, CSV, JSON, XML, text and picture "
    "files can be read"
)
