"""The table of faults: which scenario plays which row, and what must then be true.

A row has scenarios: faults of the emulator or of the line (``faults``, ``lines``), by name. Where the fault lies in our
own process, ``driver`` names what happens beside: a stop, a second engine, a clock that jumps.
"""

from dataclasses import dataclass

from .faults import FAULTS
from .lines import LINES

WELL = "well"
"""The scenario in which the provider does all as it should."""


@dataclass(frozen=True)
class Row:
    """fault: what goes wrong. must: what must be true then. plays: names of scenarios. driver: what else happens."""

    fault: str
    must: str
    plays: tuple[str, ...]
    driver: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What the row's scenarios are called."""
        return (self.driver,) if self.driver else self.plays


def known(name: str) -> bool:
    """Whether a scenario is called so."""
    return name == WELL or name in FAULTS or name in LINES


def _row(fault: str, must: str, *plays: str, driver: str = "") -> Row:
    return Row(fault, must, plays, driver)


ROWS: dict[int, Row] = {
    1: _row("the host name does not exist", "once more, then the next provider; 0", "no_such_host"),
    2: _row(
        "the connection is refused", "once more within a second, then the next provider; 0", "refused_port"
    ),
    3: _row(
        "no connection in 5 s, TCP or TLS", "the next provider, at once; 0", "syn_ignored", "tls_ignored"
    ),
    4: _row(
        "the certificate is not valid",
        "nothing is sent; the next provider; the operator is told",
        "untrusted_certificate",
        "wrong_host_certificate",
        "expired_certificate",
    ),
    5: _row(
        "the certificate is not valid yet: our clock",
        "as 4; status shows the clock",
        "certificate_not_yet_valid",
    ),
    6: _row(
        "TCP reset before the headers",
        "once more at once, then backoff, then the next provider",
        "reset",
        "hangs_up",
    ),
    7: _row("a kept connection had been closed", "once more at once, and not counted; 0", "stale_keepalive"),
    8: _row("HTTP/2 GOAWAY", "HTTP/1.1 only; the next provider", "goaway"),
    9: _row(
        "no connection is left on this machine",
        "at_capacity, and no repeat",
        "no_headers",
        driver="pool_exhausted",
    ),
    10: _row(
        "a proxy in the environment, a proxy that refuses",
        "only the proxy of the settings is used; the next provider",
        "proxy_407",
        "proxy_502",
    ),
    11: _row(
        "a redirect",
        "never followed; the operator is told",
        "redirect_301",
        "redirect_302",
        "redirect_307",
        "redirect_308",
    ),
    12: _row("headers of 120 KiB", "once more, then the next provider", "headers_too_large"),
    13: _row("no HTTP, or a sign-in page", "the next provider", "http_garbage", "html_200", "portal_200"),
    14: _row(
        "400 the conversation is too long",
        "once with fewer messages, never the same again",
        "context_too_long",
        "small_window",
    ),
    15: _row("400 the provider's filter refuses", "no repeat, and no way round it", "content_filter"),
    16: _row(
        "400 a parameter it does not know",
        "once without it, and remembered",
        "no_stream_options",
        "no_max_tokens",
        "no_temperature",
        "bad_parameter",
    ),
    17: _row("400 or 404, no such model", "the next provider; the key is fine", "unknown_model", "bad_model"),
    18: _row("401", "the next key at once; the key stays out", "bad_key"),
    19: _row("402", "the next key at once; the key stays out", "no_credit"),
    20: _row("402 with Retry-After", "wait, where it fits", "no_credit_for_now"),
    21: _row(
        "403 permission, region, moderation",
        "next key, then provider; a flagged input: no repeat",
        "forbidden",
        "region_blocked",
        "moderated",
    ),
    22: _row("403 with a firewall's page", "the next provider; the key is fine", "waf_page"),
    23: _row("404 wrong path", "no repeat; the operator is told", "wrong_path", "wrong_path_detail"),
    24: _row("408", "once more with backoff", "timeout_408"),
    25: _row("409", "again with backoff", "conflict"),
    26: _row("413", "as 14", "too_large"),
    27: _row("422", "no repeat", "unprocessable"),
    28: _row(
        "429 with Retry-After in seconds",
        "the next key at once; with none, wait if it fits, else elsewhere",
        "rate_limited_short",
        "rate_limited_long",
    ),
    29: _row("429 with Retry-After as a date", "read against the answer's own Date", "rate_limited_date"),
    30: _row(
        "429 with retry-after-ms", "the first valid one holds", "rate_limited_ms", "rate_limited_ms_azure"
    ),
    31: _row(
        "429 with x-ratelimit-reset only",
        "a hint for the rest",
        "rate_limited_reset",
        "rate_limited_reset_ms",
    ),
    32: _row("429 with no header", "the next key with backoff, at most 4 calls in 3 s", "rate_limited_bare"),
    33: _row(
        "429 the money is used up",
        "no wait: next key or provider; the key stays out",
        "no_quota",
        "balance_exhausted",
        "spend_limit",
        "organization_limit",
        "quota_in_words",
    ),
    34: _row(
        "Retry-After is nonsense",
        "our own backoff; too long: the key rests",
        "retry_after_zero",
        "retry_after_negative",
        "retry_after_word",
        "retry_after_nan",
        "retry_after_infinite",
        "retry_after_day",
    ),
    35: _row("x-should-retry", "obeyed", "should_retry", "should_not_retry"),
    36: _row("500", "once or twice more with backoff, then the next provider", "server_error"),
    37: _row("502 with a page", "as 500; the page is never shown", "bad_gateway"),
    38: _row(
        "503 with Retry-After", "wait if it fits, else elsewhere", "unavailable_short", "unavailable_long"
    ),
    39: _row("503 no machine for the model", "the next provider at once", "unavailable"),
    40: _row("504", "the next provider; it may have cost something", "timeout_504"),
    41: _row("529", "the next provider; alone: backoff", "overloaded"),
    42: _row("520 to 526", "as 502", *(f"origin_{code}" for code in range(520, 527))),
    43: _row(
        "error objects of strange shape",
        "classed by the status first; nothing of it is shown",
        "error_text",
        "error_message",
        "error_detail",
        "error_list",
        "error_blank",
        "error_null",
        "error_code_number",
        "error_code_digits",
        "error_not_json",
        "error_nothing",
    ),
    44: _row(
        "down for 60 s, then well", "the breaker opens; back within 30 s", "server_error", driver="flapping"
    ),
    45: _row(
        "every key rests",
        "wait for the first if it fits; else say until when",
        "rate_limited_short",
        "rate_limited_long",
        driver="all_keys_rest",
    ),
    46: _row(
        "one JSON document in place of a stream, or a stream under another name",
        "taken whole, and marked",
        "json_200",
        "stream_as_text",
        "stream_untyped",
    ),
    47: _row("200 with an error object as JSON", "classed by its code", "limited_200", "bad_key_200"),
    48: _row("200 with a page", "the next provider; never shown", "html_200"),
    49: _row("200, the first event is an error", "as the code inside", "error_first", "bad_key_first"),
    50: _row("200, a role, then an error", "as 49", "error_after_role", "cut_before_text"),
    51: _row(
        "200 and no event",
        "once more, then the next provider; cost unknown",
        "empty",
        "empty_json_200",
        "no_content_204",
    ),
    52: _row("200, it stopped and wrote nothing", "no repeat; it says so", "thoughts_only", "empty_stop"),
    53: _row(
        "200 and no byte",
        "no repeat; the next provider after 12 s",
        "silent",
        "no_headers",
        "blank_then_silent",
    ),
    54: _row(
        "the first word after 20 s",
        "another route after 12 s, and the first text wins; alone: patience",
        "slow_start",
        "late_headers",
    ),
    55: _row("nothing but comments", "the clock of the content decides", "comments_only", "queued"),
    56: _row(
        "silence in mid-reply",
        "a fresh reply takes its place; else the partial stays",
        "stall",
        "stall_then_comments",
    ),
    57: _row(
        "a slow drip",
        "before text: elsewhere; later: a note",
        "token_drip",
        "byte_drip",
        "drip_in_mid_reply",
        "slow_drip",
    ),
    58: _row("cut in mid-reply", "as 56, at once", "cut"),
    59: _row("cut, and the body's end looks lawful", "as 58", "cut_clean"),
    60: _row("a reason, but no [DONE]", "whole", "no_done", "open_after_finish"),
    61: _row("[DONE], but no reason", "whole, and marked as unproven", "done_without_finish"),
    62: _row(
        "bytes after [DONE], or no end",
        "not read; the connection is not used again",
        "more_after_done",
        "open_after_done",
    ),
    63: _row("an error object in mid-reply", "as 56, at once", "error_in_stream"),
    64: _row("finish_reason 'error'", "as 63", "finish_error"),
    65: _row("finish_reason 'length'", "no repeat; said", "length"),
    66: _row("finish_reason 'content_filter'", "no repeat; the partial stays", "filtered_reply"),
    67: _row("the model declines", "its words are the answer", "refusal"),
    68: _row("CR LF, CR, and a CR LF cut in two", "the same text", "crlf", "cr_only", "split_crlf"),
    69: _row("U+2028 and its kind in the text", "the same text", "odd_line_ends"),
    70: _row("comments and blank lines", "the same text", "comments_between"),
    71: _row(
        "event:, id: and retry: lines",
        "the same text; event: error is an error",
        "ids_and_names",
        "error_event",
        "error_event_coded",
        "error_event_later",
    ),
    72: _row("no blank after data:, or two", "the same text", "no_space", "two_spaces"),
    73: _row("data over several lines", "the same text", "multi_line"),
    74: _row("packets that end inside a character", "the same text", "split_bytes"),
    75: _row("a byte order mark", "the same text", "bom"),
    76: _row("no blank line after the last event", "it counts, usage and all", "open_end"),
    77: _row("a line of more than 1 MiB, or without end", "as 63: damaged", "giant_line", "endless_line"),
    78: _row(
        "an event that is no JSON",
        "one is skipped, many end it; broken usage is no usage",
        "bad_chunk",
        "bad_chunks",
        "broken_usage",
    ),
    79: _row("the role again, and late", "the same text", "role_twice"),
    80: _row("deltas missing, null or empty", "no text, and the clock runs on", "no_content"),
    81: _row("a chunk without a choice", "the same text", "empty_choices"),
    82: _row("a second choice", "the first one holds", "second_choice"),
    83: _row(
        "thoughts in a field of their own",
        "a sign of life, never text",
        "reasoning",
        "reasoning_openrouter",
        "thoughts_for_long",
    ),
    84: _row("a tool is called", "not run; it says so", "tool_call"),
    85: _row("another model answers", "named, and paid by its own price", "known_other_model", "dated_model"),
    86: _row(
        "somebody else's chunks in our stream",
        "discard it, and ask afresh",
        "changed_id",
        "id_after_role",
        "ids_of_their_own",
    ),
    87: _row("a compressed stream", "not accepted; unsaid: damaged", "gzip_if_accepted", "gzip_unsaid"),
    88: _row("a reply without end", "cut by us", "runaway"),
    89: _row("10 MiB", "cut by us", "flood", "flood_of_nothing"),
    90: _row("HTML, scripts, beacons, control characters", "text like any other", "markup"),
    91: _row("usage in the last chunk", "exact", WELL),
    92: _row("no usage", "estimated, at least", "no_usage"),
    93: _row("usage on every chunk", "the last, never the sum", "usage_every_chunk"),
    94: _row("usage in two parts", "both", "usage_split"),
    95: _row("usage: null", "as none", "usage_null"),
    96: _row("usage of 0 though text came", "0, and marked", "usage_zero"),
    97: _row(
        "usage that cannot be right",
        "as it was reported, and marked",
        "usage_negative",
        "usage_wrong_sum",
        "usage_tenfold",
        "usage_beyond_limit",
    ),
    98: _row(
        "cached tokens inside or beside the prompt", "by the provider's way", "cached_inside", "cached_beside"
    ),
    99: _row("no price for the model that answered", "tokens exact, cost unknown", "other_model"),
    100: _row("a cost with floating noise", "decimal, unrounded", "usage_cost_float", "usage_cost"),
    101: _row(
        "failed attempts, then another provider",
        "each its own line",
        "server_error",
        driver="each_its_own_line",
    ),
    102: _row("the loser of two", "a line of its own; at least", "slow_start", driver="loser_of_two"),
    103: _row(
        "a crash between reply and receipt",
        "the line is open before the request leaves",
        WELL,
        driver="written_ahead",
    ),
    104: _row("many at once near a key's limit", "reserved; none is cut", WELL, driver="forty_at_once"),
    105: _row(
        "stop before the first word",
        "everything is cancelled",
        "silent",
        "rate_limited_short",
        driver="stop_early",
    ),
    106: _row(
        "stop in mid-reply", "closed at once; the partial stays, estimated", "stall", driver="stop_later"
    ),
    107: _row(
        "the task is cancelled",
        "the cancellation goes on; a receipt all the same",
        "stall",
        driver="cancelled",
    ),
    108: _row("stop twice", "as once", "stall", driver="stop_twice"),
    109: _row("the visitor leaves", "ended after the grace; the partial stays", "stall", driver="left"),
    110: _row("the page comes back in mid-reply", "it goes on", WELL, driver="reader_pauses"),
    111: _row("an error nobody foresaw", "a kind of its own, never its text", WELL, driver="unforeseen"),
    112: _row("the server stops in mid-reply", "interrupted, metered", "stall", driver="shutdown"),
    113: _row("much text to count", "the loop goes on", "no_usage", driver="long_text"),
    114: _row("the wall clock jumps", "waits stay as they are", "rate_limited_short", driver="clock_jump"),
    115: _row(
        "the provider's clock is off",
        "dates are read by it; status shows it",
        "rate_limited_date",
        driver="skew",
    ),
    116: _row("two programs, one ring", "what one learns the other knows", "bad_key", driver="two_engines"),
    117: _row(
        "a resting key is told to rest",
        "the longer rest holds",
        "rate_limited_reset",
        "rate_limited_short",
        driver="rest_twice",
    ),
    118: _row(
        "the share of the canary grows", "who was moved stays, nobody else flips", WELL, driver="cohorts"
    ),
    119: _row("the canary's faults are our own", "not counted against it", WELL, driver="judged"),
    120: _row("the canary has no traffic", "wait", WELL, driver="no_data"),
}
