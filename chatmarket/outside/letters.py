"""Mail, handed to the SMTP server that the settings name."""

import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from chatmarket.outside.fates import Never, NotSent

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail in one language, as text and as HTML; `stop` is an address that ends such mails without a login."""

    to: str
    subject: str
    text: str
    html: str
    language: str
    stop: str = ""


class Letters:
    """An SMTP server and who writes: smtp:// takes TLS where it is offered, smtps:// begins with it."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "", parts.port or (465 if self._tls else 587)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._sender = sender
        self.address = parseaddr(sender)[1]

    async def send(self, letter: Letter) -> None:
        """Raises NotSent, or Never when the server will not take it at any time."""
        try:
            await aiosmtplib.send(
                self._written(letter),
                sender=self.address,
                recipients=[letter.to],
                hostname=self._host,
                port=self._port,
                username=self._user or None,
                password=self._password or None,
                use_tls=self._tls,
                timeout=PATIENCE_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise _fate(min(one.code for one in refused.recipients)) from None
        except aiosmtplib.SMTPAuthenticationError:
            raise NotSent("smtp_login") from None  # whoever runs the house can mend that
        except aiosmtplib.SMTPResponseException as refused:
            raise _fate(refused.code) from None
        except aiosmtplib.SMTPTimeoutError:
            raise NotSent("no_answer") from None
        except (aiosmtplib.SMTPException, ssl.SSLError, OSError, ValueError):
            raise NotSent("no_connection") from None

    def _written(self, letter: Letter) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._sender, letter.to, letter.subject
        mail["Date"], mail["Message-ID"] = formatdate(usegmt=True), make_msgid(domain=self.address.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"  # no holiday answers, RFC 3834
        if letter.stop:
            mail["List-Unsubscribe"] = f"<{letter.stop}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        mail.set_content(letter.text)
        mail.add_alternative(letter.html, subtype="html")
        mail["Content-Language"] = letter.language  # last: what begins with Content- goes to a part
        return mail


def _fate(code: int) -> NotSent:
    return (Never if code >= 500 else NotSent)(f"smtp_{code}")
