"""Ends of file names, by the flavour of text that they promise. The bytes decide whether it can be true."""

MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".rmd", ".qmd")
PROSE_SUFFIXES = (".txt", ".text", ".log")
CSV_SUFFIXES = (".csv", ".tsv", ".tab", ".psv", ".xls", ".xlsx")  # programs write text and call it Excel
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson", ".geojson", ".json5", ".webmanifest", ".ipynb")
HTML_SUFFIXES = (".html", ".htm", ".xhtml", ".shtml")
MAIL_SUFFIXES = (".eml", ".emlx", ".mht", ".mhtml", ".mail")
_XML = """.xml .svg .fodt .fods .fodp .fodg .fb2 .dita .ditamap .docbook .dbk .rss .atom .kml .gpx .xsd .xsl .xslt .wsdl .rdf .owl .plist
.xaml .csproj .vbproj .nuspec .pom .xlf .xliff .tmx .resx .opml .tei .mml .musicxml .graphml .drawio .bpmn .xmi .config"""
XML_SUFFIXES = frozenset(_XML.split())
# Where line ends and indents are the meaning.
_SOURCE = """.py .pyi .pyx .js .mjs .cjs .jsx .ts .mts .tsx .vue .svelte .java .kt .kts .scala .groovy .gradle .c .h .cc .cpp .cxx .hh .hpp
.hxx .cs .fs .vb .vbs .bas .cls .go .rs .rb .erb .php .pl .pm .r .jl .lua .swift .m .mm .dart .ex .exs .erl .hs .ml .mli .clj
.lisp .el .scm .f .f90 .for .pas .ada .adb .ads .cob .cbl .asm .s .v .sv .vhd .vhdl .sol .sh .bash .zsh .fish .ps1 .psm1 .bat .cmd
.awk .sed .sql .ddl .graphql .gql .proto .thrift .tf .tfvars .hcl .nix .cmake .mk .make .css .scss .sass .less .j2 .jinja .jinja2
.hbs .ejs .tmpl .tpl .jsp .asp .aspx .cshtml .yaml .yml .toml .ini .cfg .conf .cnf .properties .env .editorconfig .desktop
.service .rst .rest .adoc .asciidoc .org .tex .ltx .bib .ris .diff .patch .feature .robot .pyw .ahk .abap .sas .do .stan .mermaid
.puml .dot .gv"""
SOURCE_SUFFIXES = frozenset(_SOURCE.split())
SOURCE_NAMES = frozenset(
    (
        "makefile",
        "dockerfile",
        "containerfile",
        "jenkinsfile",
        "vagrantfile",
        "gemfile",
        "rakefile",
        "procfile",
        "justfile",
        "cmakelists.txt",
    )
)
# Sources that may begin as a page does, for they make one.
_TEMPLATES = """.php .vue .svelte .erb .jsp .asp .aspx .cshtml .j2 .jinja .jinja2 .hbs .ejs .tmpl .tpl .jsx .tsx"""
TEMPLATE_SUFFIXES = frozenset(_TEMPLATES.split())
_OTHERS = (
    """.pdf .docx .pptx .odt .ods .odp .odg .epub .png .jpg .jpeg .tif .tiff .heic .avif .xps .oxps .pages .numbers"""
)
NEVER_TEXT = frozenset(_OTHERS.split())
