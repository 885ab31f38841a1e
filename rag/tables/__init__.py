"""Tables as data: rebuilt from chunks, asked without a language model or in limited SQL, shown with the rows used and as charts."""

from rag.tables.answering import RowUsed, TableAnswer, answer_from_tables
from rag.tables.chart import chart_svg
from rag.tables.reading import tables_in
from rag.tables.table import Place, Table

__all__ = ["Place", "RowUsed", "Table", "TableAnswer", "answer_from_tables", "chart_svg", "tables_in"]
