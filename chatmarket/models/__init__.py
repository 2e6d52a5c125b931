"""What is kept: from chatmarket.models import Chat, Expert, ..."""

from chatmarket.models.audit import Audit, AuditHead, AuditLink
from chatmarket.models.brands import Brand, Topic
from chatmarket.models.chats import Chat, Customer, Message, RoutedBy, Solicitation, Status
from chatmarket.models.money import Entry, Posting
from chatmarket.models.offers import Offer, Reply
from chatmarket.models.people import Account, Expert, Login, Role, Skill
from chatmarket.models.ratings import Rating, Standing
from chatmarket.models.topics import Example, Lesson
from chatmarket.models.vault import BrandKey, CustomerKey, VaultValue

__all__ = [
    "Account",
    "Audit",
    "AuditHead",
    "AuditLink",
    "Brand",
    "BrandKey",
    "Chat",
    "Customer",
    "CustomerKey",
    "Entry",
    "Example",
    "Expert",
    "Lesson",
    "Login",
    "Message",
    "Offer",
    "Posting",
    "Rating",
    "Reply",
    "Role",
    "RoutedBy",
    "Skill",
    "Solicitation",
    "Standing",
    "Status",
    "Topic",
    "VaultValue",
]
