"""What is kept: from chatmarket.models import Chat, Expert, ..."""

from chatmarket.models.admission import Acceptance, Application, Invitation, Terms
from chatmarket.models.audit import Audit, AuditHead, AuditLink
from chatmarket.models.brands import Brand, Topic
from chatmarket.models.cases import Case, CaseState, Decided, Decision, Plea
from chatmarket.models.chats import Chat, Customer, Message, RoutedBy, Solicitation, Status
from chatmarket.models.exams import Answer, Attempt, AttemptState, Exam, ExamState, Question, Vote
from chatmarket.models.money import Entry, Posting
from chatmarket.models.offers import HandBack, Offer, Reply, Ticket
from chatmarket.models.people import Account, Expert, Login, Role, Skill
from chatmarket.models.ratings import SHUT, Blames, Movement, Rating, Standing, What
from chatmarket.models.reaching import Notice, NoticeState, Reach, Subscription, Way
from chatmarket.models.reviews import Block, Device, Evidence, Patrol, Report, Review, ReviewDecision, ReviewState
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
    "Block",
    "Brand",
    "BrandKey",
    "Case",
    "CaseState",
    "Chat",
    "Customer",
    "CustomerKey",
    "Decided",
    "Decision",
    "Device",
    "Entry",
    "Evidence",
    "Exam",
    "ExamState",
    "Example",
    "Expert",
    "HandBack",
    "Invitation",
    "Lesson",
    "Login",
    "Message",
    "Movement",
    "Notice",
    "NoticeState",
    "Offer",
    "Patrol",
    "Plea",
    "Posting",
    "Question",
    "Rating",
    "Reach",
    "Reply",
    "Report",
    "Review",
    "ReviewDecision",
    "ReviewState",
    "Role",
    "RoutedBy",
    "Skill",
    "Solicitation",
    "Standing",
    "Status",
    "Subscription",
    "Terms",
    "Ticket",
    "Topic",
    "VaultValue",
    "Vote",
    "Way",
    "What",
]
