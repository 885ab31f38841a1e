"""What a question about whole documents asks for in particular: the words that are left of it without names and words for documents."""

import re
from collections.abc import Iterable, Sequence

from rag.compose.composed import Ask
from rag.corpus import DocumentCard
from rag.questions.kind import Kind
from rag.terms import terms_of

# What may stand in a question about all of a document: words for documents, for what they hold, and for comparing.
_ENGLISH = """contract since document doc file pdf paper article report text attachment attached agreement spreadsheet sheet
workbook table presentation deck slide book letter memo page post handbook manual guide policy thing one about what
whats contain content inside deal cover topic subject theme main purpose argument idea point describe explain discuss
tell me say said talk concern regard give gist overview know key important please kind sort type general generally
overall basically question compare comparison contrast differ different difference change changed new newer newest old
older last latest previous version draft edition update updated between versus vs common same two both these three them
each other in here there read summary summarize summarise upload uploaded just all"""
_OTHERS = """vertrag verträge letzten sur hợp đồng sự العقدين dokument datei text bericht artikel vertrag seite handbuch worum geht
inhalt handelt thema themen steht darin hauptaussage zweck beschreibt worüber vergleiche vergleich unterschied
unterschiede unterscheiden unterscheidet geändert änderung änderungen version versionen neu neue alt alte zwischen
beiden beide diese dieses diesem diesen dieser der die das den dem und ist sind was wie hat sich um in im mit von zu es
eine ein einen angehängte angehängten document fichier texte rapport article contrat quoi parle sujet contenu contient
résumé traite comparer compare différence différences changé changement entre deux ces ce cet cette est que qui dans le
la les de du des et un une porte thème documento archivo texto informe artículo contrato trata tema temas contenido
contiene habla compara comparar diferencia diferencias cambió cambiado cambios versión entre dos estos este esta es qué
que cuál de la el los las en y sobre un una tài liệu tệp nói về gì nội dung này là văn bản so sánh khác nhau giữa hai
thay đổi phiên và المستند الملف الوثيقة عن ماذا يتحدث ما محتوى موضوع هذا هذه قارن بين الفرق و في"""
WORDS = terms_of(f"{_ENGLISH} {_OTHERS}")
# in scripts without spaces, whole phrases are taken out
UNSPACED = re.compile(
    "这[份个篇]?|合同|份|文档|文件|文章|报告|是|关于|什么|内容|主要|讲|的|了|主题|介绍|说|请|比较|对比|两|有|不同|区别|变化|版本|之间|和|"
    "この|その|契約書|あります|文書|ファイル|書類|資料|レポート|記事|内容|何|なに|について|ですか|です|か|の|は|を|が|と|概要|主題|テーマ|書かれて|いますか|いる|"
    "教えて|ください|比較|して|違い|変更|二つ|バージョン|"
    "เอกสาร|สัญญา|อย่างไร|กัน|ไฟล์|นี้|ฉบับ|เกี่ยวกับ|อะไร|เนื้อหา|คือ|มี|พูดถึง|หัวข้อ|เรื่อง|เปรียบเทียบ|ความ|แตกต่าง|ต่าง|ระหว่าง|และ|กับ|สอง|"
    "เปลี่ยน|เวอร์ชัน"
)


def asks_for_all(ask: Ask, cards: Sequence[DocumentCard]) -> bool:
    """True for "What is it about?"; False for "Who wrote it?", which the text of the document answers. A summary is of all of it."""
    return ask.kind is not Kind.DOCUMENT or not subject_of(ask, cards)


def subject_of(ask: Ask, cards: Iterable[DocumentCard]) -> frozenset[str]:
    """The terms of what is asked about in documents: "notice" of "Compare the notice periods in A and B"; none for all of them."""
    names = frozenset[str]().union(*(terms_of(card.title) for card in cards))
    return terms_of(UNSPACED.sub(" ", ask.query)) - WORDS - names
