"""Tables of people, libraries, groups, documents, jobs and answers. The conversation tables are in ``db/conversation.py``."""

from db.models.answers import AnswerRun, AnswerSource
from db.models.audit import AuditAnchor, AuditErasable, AuditEvent, AuditHead, AuditPerson
from db.models.cases import CaseResult, CaseRow, CaseRun
from db.models.documents import Document, DocumentSection, DocumentVersion
from db.models.guides import DocumentGuide
from db.models.index import ChunkRow, IndexedDocument, IndexVersionRow
from db.models.jobs import IngestionJob, JobTurn, JobTurnChange
from db.models.libraries import Group, GroupMember, Library, LibraryGroup, LibraryMember
from db.models.oversight import ConversationFacts, ConversationOpening
from db.models.people import ApiKey, AuthSession, Identity, ModelUsage, PasswordLink, User
from db.models.requests import KeyedRequest
from db.models.reviews import ReviewChange, ReviewItem, ReviewMark
from db.models.rights import (
    AccountExport,
    DeferredDeletion,
    Erasure,
    ErasureDocument,
    LegalHold,
    RunningBackup,
)
from db.models.shares import ConversationShare
from db.models.sources import DocumentSource, DocumentSourceItem
from db.models.sums import ActivitySum, DocumentSum, ModelSum, QuestionRank, SumMark

__all__ = [
    "AccountExport",
    "ActivitySum",
    "AnswerRun",
    "AnswerSource",
    "ApiKey",
    "AuditAnchor",
    "AuditErasable",
    "AuditEvent",
    "AuditHead",
    "AuditPerson",
    "AuthSession",
    "CaseResult",
    "CaseRow",
    "CaseRun",
    "ChunkRow",
    "ConversationFacts",
    "ConversationOpening",
    "ConversationShare",
    "DeferredDeletion",
    "Document",
    "DocumentGuide",
    "DocumentSection",
    "DocumentSource",
    "DocumentSourceItem",
    "DocumentSum",
    "DocumentVersion",
    "Erasure",
    "ErasureDocument",
    "Group",
    "GroupMember",
    "Identity",
    "IndexVersionRow",
    "IndexedDocument",
    "IngestionJob",
    "JobTurn",
    "JobTurnChange",
    "KeyedRequest",
    "LegalHold",
    "Library",
    "LibraryGroup",
    "LibraryMember",
    "ModelSum",
    "ModelUsage",
    "PasswordLink",
    "QuestionRank",
    "ReviewChange",
    "ReviewItem",
    "ReviewMark",
    "RunningBackup",
    "SumMark",
    "User",
]
