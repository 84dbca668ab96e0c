"""What a page may send over its socket."""

import json

import pytest

from web.packets import is_packet

HELLO = {"clientType": "webapp", "sessionId": "5d1f", "threadId": "", "userEnv": "{}", "chatProfile": ""}


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "3",
        "41",
        "40" + json.dumps(HELLO),
        "40" + json.dumps({**HELLO, "threadId": None, "chatProfile": None}),
        '42["connection_successful"]',
        '42["client_message",{"message":{"output":"Xin chào"}}]',
        '4217["chat_settings_change",{}]',
        '42["anything",1,2,3]',
    ],
)
def test_what_a_page_sends(text: str) -> None:
    """All that Chainlit's page and ours ever do."""
    assert is_packet(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "0", "2", "2probe", "3probe", "5", "6", "7", "9", "x", "4", "40", "42", "43", "44", "45", "49"),
        *("42[", "42{}", "42[]", "42null", '42"x"', "42[null]", "42[1]", "42[[]]", '42["a"', '42["a"]x'),
        *("40/x,", "40[]", "40null", "40{", "40{}", "42/x,[]", "43[]", '431["x"]', "451-", '451-["x",{}]'),
        "42" + "9" * 10 + '["x"]',
        "42" + "[" * 5000,
        '42["' + "x" * 201 + '"]',
        '42["client_message",{"_placeholder":true,"num":0}]',
        '42["a",NaN]',
        '42["connect",{"HTTP_COOKIE":"x"},{"sessionId":"x"}]',
        "42٣[]",
        *("40" + json.dumps({**HELLO, **wrong}) for wrong in ({"sessionId": 7}, {"clientType": None})),
        *("40" + json.dumps({**HELLO, **wrong}) for wrong in ({"userEnv": {}}, {"threadId": ["x"]})),
        "40" + json.dumps({**HELLO, "sessionId": "x" * 201}),
    ],
)
def test_what_no_page_sends(text: str) -> None:
    """Their readers would stumble over it."""
    assert not is_packet(text)
