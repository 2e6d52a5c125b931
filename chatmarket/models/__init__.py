"""What is kept: from chatmarket.models import Chat, Expert, ..."""

from chatmarket.models.admission import Acceptance, Application, Invitation, Terms
from chatmarket.models.audit import Audit, AuditHead, AuditLink
from chatmarket.models.brands import Brand, Topic
from chatmarket.models.chats import Chat, Customer, Message, RoutedBy, Solicitation, Status
from chatmarket.models.exams import Answer, Attempt, AttemptState, Exam, ExamState, Question, Vote
from chatmarket.models.money import Entry, Posting
from chatmarket.models.offers import HandBack, Offer, Reply, Ticket
from chatmarket.models.people import Account, Expert, Login, Role, Skill
from chatmarket.models.ratings import Rating, Standing
from chatmarket.models.topics import Example, Lesson
from chatmarket.models.vault import BrandKey, CustomerKey, VaultValue

__all__ = [
    "Acceptance",
    "Account",
    "Answer",
    "Application",
    "Attempt",
    "AttemptState",
    "Audit",
    "AuditHead",
    "AuditLink",
    "Brand",
    "BrandKey",
    "Chat",
    "Customer",
    "CustomerKey",
    "Entry",
    "Exam",
    "ExamState",
    "Example",
    "Expert",
    "HandBack",
    "Invitation",
    "Lesson",
    "Login",
    "Message",
    "Offer",
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
    "Ticket",
    "Topic",
    "VaultValue",
    "Vote",
]
