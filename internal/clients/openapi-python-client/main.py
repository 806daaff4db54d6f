"""A client that openapi-python-client generated, used by a program."""

import io
import os

from notes.api.accounts import post_api_jwt_obtain, post_api_session_login
from notes.api.notes import get_api_notes, post_api_notes, post_api_notes_id_attachments
from notes.client import AuthenticatedClient, Client
from notes.models import (
    Attachment,
    Credentials,
    Note,
    PostApiNotesBody,
    PostApiNotesIdAttachmentsBody,
    SessionUser,
    TokenPair,
)
from notes.types import File

BASE = os.environ["BASE"]
ALICE = Credentials(username="alice", password="alice-pass")
CONTENT = b"bread\n"
MODIFIED = 2**53 - 1  # needs more than 32 bits


def attach(client: AuthenticatedClient) -> None:
    note = post_api_notes.sync(client=client, body=PostApiNotesBody(title="Milk"))
    assert isinstance(note, Note), note
    file = File(payload=io.BytesIO(CONTENT), file_name="list.txt", mime_type="text/plain")
    attachment = post_api_notes_id_attachments.sync(
        note.id, client=client, body=PostApiNotesIdAttachmentsBody(file=file, modified=MODIFIED)
    )
    assert isinstance(attachment, Attachment), attachment
    assert attachment.modified == MODIFIED, attachment
    assert attachment.size == len(CONTENT), attachment


nobody = AuthenticatedClient(base_url=BASE, token="no token")
assert get_api_notes.sync_detailed(client=nobody).status_code == 401

# The client keeps cookies. Its token is what the scheme csrf names: the cookie csrftoken in the header
# X-CSRFToken.
anonymous = Client(base_url=BASE)
assert isinstance(post_api_session_login.sync(client=anonymous, body=ALICE), SessionUser)
cookies = dict(anonymous.get_httpx_client().cookies)
attach(
    AuthenticatedClient(
        base_url=BASE, cookies=cookies, token=cookies["csrftoken"], prefix="", auth_header_name="X-CSRFToken"
    )
)

pair = post_api_jwt_obtain.sync(client=Client(base_url=BASE), body=ALICE)
assert isinstance(pair, TokenPair), pair
attach(AuthenticatedClient(base_url=BASE, token=pair.access_token))
