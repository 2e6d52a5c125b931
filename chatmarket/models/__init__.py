"""What is kept: from chatmarket.models import Chat, Expert, ..."""

from chatmarket.models.admission import Acceptance, Application, Invitation, Terms
from chatmarket.models.audit import Audit, AuditHead, AuditLink
from chatmarket.models.brands import Brand, Topic
from chatmarket.models.cases import Case, CaseState, Decided, Decision, Plea
from chatmarket.models.chats import Chat, Customer, Message, RoutedBy, Solicitation, Status
from chatmarket.models.exams import Answer, Attempt, AttemptState, Exam, ExamState, Question, Vote
from chatmarket.models.money import Entry, Posting
from chatmarket.models.offers import Offer, Reply
from chatmarket.models.people import Account, Expert, Login, Role, Skill
from chatmarket.models.ratings import SHUT, Blames, Movement, Rating, Standing, What
from chatmarket.models.topics import Example, Lesson
from chatmarket.models.vault import BrandKey, CustomerKey, VaultValue

__all__ = [
    "SHUT",
    "Acceptance",
    "Account",
    "Answer",
    "Application",
    "Attempt",
    "AttemptState",
    "Audit",
    "AuditHead",
    "AuditLink",
    "Blames",
    "Brand",
    "BrandKey",
    "Case",
    "CaseState",
    "Chat",
    "Customer",
    "CustomerKey",
    "Decided",
    "Decision",
    "Entry",
    "Exam",
    "ExamState",
    "Example",
    "Expert",
    "Invitation",
    "Lesson",
    "Login",
    "Message",
    "Movement",
    "Offer",
    "Plea",
    "Posting",
    "Question",
    "Rating",
    "Reply",
    "Role",
    "RoutedBy",
    "Skill",
    "Solicitation",
    "Standing",
    "Status",
    "Terms",
    "Topic",
    "VaultValue",
    "Vote",
    "What",
]
