"""Two thousand requests that nobody should send: each is refused in words, and the next one is answered as ever."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.rest_api import COMPANY, TENANT, RestApi, serving_rest_api

pytestmark = [pytest.mark.postgres, pytest.mark.http]
REQUESTS, AT_ONCE = 2_000, 50
ANSWER_TIMEOUT_S = 30
PLACE = f"/v1/tenants/{TENANT}"
ROUTES = [
    ("POST", "/v1/tenants"),
    ("POST", f"{PLACE}/companies"),
    ("POST", f"{PLACE}/runs"),
    ("POST", f"{PLACE}/previews"),
    ("PUT", f"{PLACE}/connections/new"),
    ("PUT", f"{PLACE}/companies/{COMPANY}/settings"),
    ("POST", f"{PLACE}/companies/{COMPANY}/arm"),
    ("POST", f"{PLACE}/companies/{COMPANY}/settings/roll-back"),
    ("POST", f"{PLACE}/companies/{COMPANY}/records/invoice/39005/commands"),
    ("PUT", f"{PLACE}/profile"),
    ("GET", f"{PLACE}/records"),
    ("GET", f"{PLACE}/runs"),
    ("PATCH", f"{PLACE}/runs"),
    ("POST", "/callbacks/xero/nobody"),
]
FIELDS = ["tenant_id", "name", "company_id", "settings", "kind", "go_live", "version", "records", "action", "person"]

ODD_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([None, True, 0, -1, 10**30, -(10**400), 2**63, "", "\0", "a\0b", "\ud800", "\u202e", "{}", [], {}]),
    st.text(max_size=20),
    st.integers(),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=8),
)
JSON_TEXTS = st.dictionaries(st.sampled_from(FIELDS), ODD_VALUES, max_size=6).map(
    lambda value: json.dumps(value).encode()
)
BODIES = st.one_of(
    JSON_TEXTS,
    JSON_TEXTS.map(lambda text: text.decode().encode("utf-16")),
    JSON_TEXTS.map(lambda text: text[: len(text) // 2]),
    JSON_TEXTS.map(lambda text: text.replace(b'"', b"\xff", 1)),
    JSON_TEXTS.map(lambda text: b'{"name": "a", "name": {"b": 1}, ' + text[1:]),
    st.sampled_from([1, 100, 1_000, 20_000]).map(lambda depth: b"[" * depth),
    st.sampled_from([1, 50, 500, 5_000]).map(lambda depth: b'{"settings":' * depth + b"1" + b"}" * depth),
    st.sampled_from([19, 400, 5_000, 20_000]).map(lambda digits: b'{"version": ' + b"9" * digits + b"}"),
    st.sampled_from(
        [b"NaN", b"1e999", b"-Infinity", b'{"version": 1e400}', b'"\\ud800"', b"\xef\xbb\xbf{}", b"\0", b""]
    ),
    st.binary(max_size=200),
)
CONTENT_TYPES = st.sampled_from(
    [
        b"application/json", b"application/json; charset=utf-7", b"text/plain", b"application/xml", b"", b"/",
        b"a" * 500, b"multipart/form-data; boundary=x", b"application/x-www-form-urlencoded", b"application/json\xff",
    ]
)  # fmt: skip
HEADER_VALUES = st.one_of(
    st.sampled_from(
        [b"", b"*", b'W/"1"', b'"99999999999"', b'"\xb2"', b"\xff\xfe", b"a" * 4_000, b"a, b", b"\t", b"0x1"]
    ),
    st.binary(max_size=30).map(lambda value: bytes(each for each in value if each not in b"\0\r\n")),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            b"If-Match", b"If-None-Match", b"Idempotency-Key", b"X-Request-Id", b"Accept", b"Accept-Encoding",
            b"Cookie", b"Content-Encoding", b"Range", b"Origin", b"Forwarded", b"X-HTTP-Method-Override",
        ]
    ),
    HEADER_VALUES,
    max_size=3,
)  # fmt: skip
QUERIES = st.sampled_from(
    [
        "",
        "?limit=1e9",
        "?limit=%00",
        "?cursor=%ff%fe",
        "?cursor=W10=",
        "?before=9999-99-99",
        "?run_id=1",
        "?a[]=1&a[]",
        "?%",
    ]
)
LENGTHS = st.sampled_from(["right"] * 12 + ["short", "long", "none", "twice", "negative", "chunked"])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """The bytes of one request, `Connection: close`."""
    method, path = draw(st.sampled_from(ROUTES))
    body = draw(BODIES)
    head = [f"{method} {path}{draw(QUERIES)} HTTP/1.1".encode(), b"Host: t", b"Connection: close"]
    head += [b"Authorization: Bearer a-super-admins-key", b"Content-Type: " + draw(CONTENT_TYPES)]
    head += [name + b": " + value for name, value in draw(HEADERS).items()]
    right = b"Content-Length: %d" % len(body)
    match draw(LENGTHS):
        case "short":
            head.append(b"Content-Length: %d" % (len(body) // 2))
        case "long":
            head.append(b"Content-Length: %d" % (len(body) + 7))
        case "twice":
            head += [right, b"Content-Length: 3"]
        case "negative":
            head.append(b"Content-Length: -1")
        case "chunked":
            head.append(b"Transfer-Encoding: chunked")
        case "right":
            head.append(right)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def api(postgres_admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApi]:
    with serving_rest_api(postgres_admin_url, tmp_path_factory.mktemp("api")) as made:
        yield made


def answered(api: RestApi, request: bytes) -> bytes:
    """What comes back until the end; nothing for a request that never became whole."""
    with socket.create_connection(("127.0.0.1", httpx.URL(api.url).port or 0), timeout=ANSWER_TIMEOUT_S) as connection:
        received = b""
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                received += part
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before it was sent whole
        return received


@pytest.mark.timeout(600)
@settings(
    max_examples=REQUESTS // AT_ONCE,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(asked=st.lists(requests(), min_size=AT_ONCE, max_size=AT_ONCE))
def test_no_malformed_request_is_a_fault_of_ours(api: RestApi, asked: list[bytes]) -> None:
    for request in asked:
        answer = answered(api, request)
        head, _, body = answer.partition(b"\r\n\r\n")
        status = int(head.split()[1]) if head else 0
        assert status < 500, (request[:300], answer)
        if (
            status >= 400
            and b"Invalid HTTP request received." not in body
            and b"callbacks" not in request.split(b"\r\n")[0]
        ):
            assert b"application/problem+json" in head, (request[:300], answer)
            assert json.loads(body.decode())["code"], request[:300]
    assert httpx.get(f"{api.url}/openapi.json").status_code == 200
