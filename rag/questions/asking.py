"""Words that say nothing of what is asked about: they ask, or stand for the documents themselves."""

import re

from rag.terms import terms_of

# What may stand in a question about all of a document: words for documents, for what they hold, and for comparing.
_ENGLISH = """since document doc file pdf text attachment attached page thing one about what
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
# words for how long the answer is to be
_SHORTER = """short brief quick long detailed whole entire complete full concise executive need want write provide make create get show
prepare like outline recap condense digest synopsis takeaway abstract bullet nutshell sum fasse fass zusammen zusammenfassung kurz
kurze überblick über gib mir bitte wichtigsten punkte hauptpunkte résume résumez résumer points principaux donne donnez moi bref
aperçu resume resumir resumen puntos principales dame breve tóm tắt điểm chính hãy"""
# words for kinds of documents, which may be a part of the name of one: "the memo"
_KINDS = """contract paper article report agreement spreadsheet sheet workbook table presentation deck slide book letter memo post
handbook manual guide policy vertrag verträge bericht artikel handbuch rapport article contrat artículo informe contrato"""
ASKING = terms_of(f"{_ENGLISH} {_OTHERS} {_SHORTER}") - terms_of(_KINDS)
WORDS = ASKING | terms_of(_KINDS)
SHORTER = terms_of(_SHORTER)
# the same, and others: what documents are
KINDS_OF_DOCUMENTS = terms_of(
    f"""{_KINDS} invoice receipt email mail minutes certificate statement resume cv brochure lease offer quote quotation order notice
    transcript rechnung rechnungen quittung quittungen protokoll protokolle bescheinigung bescheinigungen angebot angebote bestellung
    bestellungen berichte handbücher verträge facture reçu courriel devis factura recibo correo acta
    presupuesto hóa đơn 发票 請求書 ใบแจ้งหนี้ สัญญา فاتورة فواتير عقود"""
)
# words for parts of documents
PARTS = terms_of("""section chapter slide paragraph appendix number no seite abschnitt kapitel folie nummer chapitre numéro
página sección capítulo trang chương mục""")
# words for whoever wrote something
AUTHORS = terms_of(
    """who wrote author authors authored signed written names wer hat geschrieben verfasst unterschrieben autor autorin autoren
    qui a écrit rédigé signé auteur auteurs quién quiénes escribió escribieron firmó autores
    ai đã viết tác giả 谁写 作者 著者 誰 書 ใครเขียน ผู้เขียน كتب مؤلف"""
)
# in scripts without spaces, whole phrases are taken out
UNSPACED = re.compile(
    "这[份个篇]?|合同|份|文档|文件|文章|报告|是|关于|什么|内容|主要|讲|的|了|主题|介绍|说|请|比较|对比|两|有|不同|区别|变化|版本|之间|和|"
    "この|その|契約書|あります|文書|ファイル|書類|資料|レポート|記事|内容|何|なに|について|ですか|です|か|の|は|を|が|と|概要|主題|テーマ|書かれて|いますか|いる|"
    "教えて|ください|比較|して|違い|変更|二つ|バージョン|"
    "เอกสาร|สัญญา|อย่างไร|กัน|ไฟล์|นี้|ฉบับ|เกี่ยวกับ|อะไร|เนื้อหา|คือ|มี|พูดถึง|หัวข้อ|เรื่อง|เปรียบเทียบ|ความ|แตกต่าง|ต่าง|ระหว่าง|และ|กับ|สอง|"
    "เปลี่ยน|เวอร์ชัน"
)
