"""The eight reports of the monolith with its defects left behind, and who may see them."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from assistant_world import ANA, TEACHER, World, assistant
from report_world import NOON, Shelf

from banyan.adapters.storage.external_source_tables import external_sources
from banyan.adapters.storage.library_tables import chunks, sources, versions
from banyan.assistant.reports import REPORTS

ADMIN = {"X-Banyan-User": "ada", "X-Banyan-Roles": "admin"}
MODERATOR = {"X-Banyan-User": "mo", "X-Banyan-Roles": "moderator"}
STRANGER = {**ADMIN, "X-Tenant": "elsewhere"}
NAMES = sorted(REPORTS[name].name for name in REPORTS)
DAY = timedelta(days=1)


@pytest.fixture
async def world(tmp_path: Path, house_url: str) -> AsyncIterator[World]:
    async with assistant(tmp_path, database_url=house_url) as world:
        yield world


@pytest.fixture
def shelf(world: World) -> Shelf:
    return Shelf(world.database)


async def rows(world: World, name: str, asker: dict[str, str] = ADMIN, **filters: str) -> list[tuple[Any, ...]]:
    """The values of a report's rows."""
    query = "&".join(f"{key}={quote(value)}" for key, value in filters.items())
    reply = await world.get(f"/api/v1/reports/{name}?{query}", asker)
    assert reply.status == 200, reply.json
    columns = [column["name"] for column in reply.json["columns"]]
    assert all(list(row) == columns for row in reply.json["rows"])
    return [tuple(row.values()) for row in reply.json["rows"]]


def needed(name: str) -> str:
    """What a report must be asked with."""
    (report,) = [REPORTS[one] for one in REPORTS if REPORTS[one].name == name]
    return "&".join(f"{one.name}=stats" for one in report.filters if one.required or one.name == "course")


async def test_every_report_answers_an_empty_database(world: World) -> None:
    """With its columns, as JSON and as CSV, by its name and by its title."""
    listed = (await world.get("/api/v1/reports", ADMIN)).json["reports"]
    assert [one["name"] for one in listed] == NAMES
    for one in listed:
        for named in (one["name"], quote(one["title"])):
            for asker in (ADMIN, TEACHER):
                reply = await world.get(f"/api/v1/reports/{named}?{needed(one['name'])}", asker)
                assert reply.status == 200, reply.json
                answer = reply.json
                assert (answer["columns"], answer["rows"], answer["truncated"]) == (one["columns"], [], False)
        table = await world.get(f"/api/v1/reports/{one['name']}?{needed(one['name'])}", {**ADMIN, "Accept": "text/csv"})
        assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert table.body.decode() == ",".join(column["label"] for column in one["columns"]) + "\r\n"


async def test_only_staff_of_the_course_see_a_report(world: World, shelf: Shelf) -> None:
    """D-35, D-41: learners see none, instructors those of courses that they teach, other schools their own."""
    for number in range(6):
        await shelf.session(f"u{number}", "What is a mean?", at=NOON)
    tom = {"X-Banyan-User": "tom", "X-Banyan-Roles": "instructor"}
    statuses = {}
    for name in NAMES:
        path = f"/api/v1/reports/{name}"
        assert (await world.get(f"{path}?{needed(name)}", ANA)).status == 403
        everywhere = await world.get(path, TEACHER)
        missing = {"chat-lesson-detail": "filter_missing"}.get(name, "course_missing")
        assert (everywhere.status, everywhere.code) == (400, missing)
        assert (await world.get(f"{path}?{needed(name)}", STRANGER)).json["rows"] == []
    members = [{"user": "tom", "role": "instructor"}, {"user": "ana", "role": "learner"}]
    reply = await world.send("PUT", "/api/v1/courses/stats/roster", ADMIN, {"members": members})
    assert reply.status == 200, reply.json
    for name in NAMES:
        path = f"/api/v1/reports/{name}?{needed(name)}"
        statuses[name] = [(await world.get(path, asker)).status for asker in (TEACHER, tom, MODERATOR)]
    assert statuses == {name: [403, 200, 200] for name in NAMES}


async def test_chat_usage_counts_sessions_messages_and_people(world: World, shelf: Shelf) -> None:
    """By lesson, the one used last first; the last day of the period is within it (D-35)."""
    await shelf.session("ana", "One?", "Two?")
    await shelf.session("ben", "One?", at=NOON + 11.9 * timedelta(hours=1))
    await shelf.session("ana", "One?", lesson="mode", at=NOON + DAY)
    await shelf.session("eve", "One?", tenant="elsewhere")
    mean = ("stats", "mean", 2, 6, 2, "2026-03-02T12:00:00Z", "2026-03-02T23:54:01Z")
    mode = ("stats", "mode", 1, 2, 1, "2026-03-03T12:00:00Z", "2026-03-03T12:00:01Z")
    assert await rows(world, "chat-usage") == [mode, mean]
    assert await rows(world, "chat-usage", from_date="2026-03-02", to_date="2026-03-02") == [mean]
    assert await rows(world, "chat-usage", **{"from": "2026-03-03"}, lesson="mode") == [mode]
    assert await rows(world, "AI Chat Usage", course="other") == []


async def test_chat_detail_shows_the_newest_messages_of_a_lesson(world: World, shelf: Shelf) -> None:
    """Course and lesson are needed; contents are cut to 180 characters, and there are 200 rows at most."""
    await shelf.session("ana", "x" * 200, at=NOON + DAY)
    await shelf.session("ben", *(["Again?"] * 100))
    reply = await world.get("/api/v1/reports/chat-lesson-detail?course=stats", ADMIN)
    assert (reply.status, reply.code) == (400, "filter_missing")
    found = await rows(world, "chat-lesson-detail", course="stats", lesson="mean")
    assert len(found) == 200
    assert found[:2] == [
        ("2026-03-03T12:00:01Z", "assistant", "ana", "An answer."),
        ("2026-03-03T12:00:00Z", "user", "ana", "x" * 180),
    ]
    only = await rows(world, "chat-lesson-detail", course="stats", lesson="mean", to_date="2026-03-02")
    assert [row[2] for row in only] == ["ben"] * 200
    truncated = await world.get("/api/v1/reports/chat-lesson-detail?course=stats&lesson=mean", ADMIN)
    assert truncated.json["truncated"] is True


async def test_embeddings_coverage_is_the_share_of_chunks_with_vectors(world: World, shelf: Shelf) -> None:
    """By course and lesson; what belongs to the whole course has no lesson."""
    await _indexed(shelf, "stats", "mean", 3, 2)
    await _indexed(shelf, "algebra", "_course", 1, 1)
    await _indexed(shelf, "stats", "mode", 1, 0)
    assert await rows(world, "embeddings-coverage") == [
        ("algebra", "", 1, 1, 100.0),
        ("stats", "mean", 3, 2, 66.67),
        ("stats", "mode", 1, 0, 0.0),
    ]
    assert await rows(world, "embeddings-coverage", course="algebra") == [("algebra", "", 1, 1, 100.0)]
    chart = (await world.get("/api/v1/charts/embedded-chunks?from=2026-03-01&to=2026-03-03", ADMIN)).json
    assert [point["value"] for point in chart["points"]] == [0, 3, 0]


async def test_the_errors_report_lists_errors(world: World, shelf: Shelf) -> None:
    """D-35: those alone, unless `status` says otherwise."""
    at = {"Error": NOON, "Indexed": NOON + DAY, "New": None}
    for status, fetched in at.items():
        await _source(
            shelf, f"https://{status}.test/a", status, fetched=fetched, error="no answer" * (status == "Error")
        )
    failed = ("stats", "mean", "Page", "https://Error.test/a", "Error", "2026-03-02T12:00:00Z", "no answer")
    assert await rows(world, "external-sources-errors") == [failed]
    assert await rows(world, "external-sources-errors", status="") == [failed]
    everything = await rows(world, "external-sources-errors", status="All")
    assert [row[4] for row in everything] == ["New", "Indexed", "Error"]
    wrong = await world.get("/api/v1/reports/external-sources-errors?status=Broken", ADMIN)
    assert (wrong.status, wrong.code) == (400, "bad_filter")
    assert "Errors, New, Fetched, Indexed, Unchanged, Error, Quarantined, All" in wrong.json["message"]


async def test_sources_are_summed_up_by_host(world: World, shelf: Shelf) -> None:
    """The host with most pages first; a lesson counts once."""
    await _source(shelf, "https://a.test/1", "Indexed")
    await _source(shelf, "https://a.test/2", "Error", lesson="")
    await _source(shelf, "https://b.test/1", "New")
    await _source(shelf, "https://b.test/2", "Unchanged", lesson="mode")
    await _source(shelf, "https://b.test/3", "Fetched", lesson="mode")
    await _source(shelf, "nowhere", "Quarantined", course="algebra")
    assert await rows(world, "external-sources-summary") == [
        ("b.test", 3, 1, 1, 1, 0, 2),
        ("a.test", 2, 0, 0, 1, 1, 1),
        ("(unknown)", 1, 0, 0, 0, 1, 1),
    ]
    assert await rows(world, "external-sources-summary", course="algebra") == [("(unknown)", 1, 0, 0, 0, 1, 1)]


async def test_guardrail_events_come_newest_first(world: World, shelf: Shelf) -> None:
    """With filters by time to the second, source, type and user."""
    await shelf.event("ana")
    await shelf.event(
        "ben", NOON + DAY, source="external", event_type="Sensitive", guardrail="sensitive", action="mask"
    )
    first = ("2026-03-02T12:00:00Z", "ana", "stats", "mean", "chat", "Injection", "ignore all")
    second = ("2026-03-03T12:00:00Z", "ben", "stats", "mean", "external", "Sensitive", "ignore all")
    notes = ("injection looked at the question: withhold",), ("sensitive looked at the question: mask",)
    both = [(*second, *notes[1]), (*first, *notes[0])]
    assert await rows(world, "guardrail-events") == both
    assert await rows(world, "guardrail-events", to="2026-03-02 12:00:00") == both[1:]
    assert await rows(world, "guardrail-events", to="2026-03-02T11:59:59Z") == []
    assert await rows(world, "guardrail-events", to="2026-03-03") == both
    assert await rows(world, "guardrail-events", source="external", event_type="Sensitive", user="ben") == both[:1]
    assert await rows(world, "guardrail-events", user="ana") == both[1:]


async def test_requests_are_counted_by_status(world: World, shelf: Shelf) -> None:
    """What no model was asked for is no request."""
    for _ in range(2):
        await shelf.turn("ana")
    await shelf.turn("ana", outcome="failed", status_code=503)
    await shelf.turn("ana", outcome="withheld", status_code=0, notice="message_cap")
    await shelf.turn("ana", model="banyan/faq", notice="faq")
    assert await rows(world, "proxy-errors-by-status") == [(200, 2, 0, 66.67), (503, 1, 1, 33.33)]
    assert await rows(world, "proxy-errors-by-status", to_date="2026-03-01") == []


async def test_proxy_summary_has_the_percentile_of_the_index_rule(world: World, shelf: Shelf) -> None:
    """D-15, 4.12: element round(0.95 (n - 1)) of 1, 2, 3, 5, 10, 11, 20, 31 and 100 latencies; averages cut off."""
    at = {1: 0, 2: 1, 3: 2, 5: 4, 10: 9, 11: 10, 20: 18, 31: 28, 100: 94}
    for many in at:
        for place in range(many):
            await shelf.turn("ana", lesson=f"l{many}", latency_ms=place + 1)
    found = {row[1]: row[2:] for row in await rows(world, "proxy-summary")}
    assert {many: found[f"l{many}"][-1] - 1 for many in at} == at
    assert next(iter(found)) == "l100"
    assert found["l10"] == (10, 0, 0.0, 5, 10)
    await shelf.turn("ana", lesson="l2", latency_ms=8, outcome="failed", status_code=0)
    assert await rows(world, "proxy-summary", lesson="l2") == [("stats", "l2", 3, 1, 33.33, 3, 8)]


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("color=red", "unknown_filter", "from_date, to_date, course, lesson"),
        ("from_date=2026-02-30", "bad_filter", "2026-01-31"),
        ("from_date=yesterday", "bad_filter", "2026-01-31"),
        ("to_date=9999-12-31", "bad_filter", "2026-01-31"),
        ("from_date=2026-02-02&to_date=2026-02-01", "bad_filter", "exchange"),
        ("course=a&course=b", "bad_filter", "once"),
        ("from=2026-02-01&from_date=2026-02-01", "bad_filter", "once"),
        ("course=a/b", "bad_id", "course"),
    ],
)
async def test_bad_filters_are_refused_with_what_to_choose_from(
    world: World, query: str, code: str, words: str
) -> None:
    """One sentence each."""
    reply = await world.get(f"/api/v1/reports/chat-usage?{query}", ADMIN)
    assert (reply.status, words in reply.json["message"]) == (400, True), reply.json
    assert code == "bad_id" or reply.code == code


async def test_unknown_reports_and_charts_name_those_there_are(world: World) -> None:
    """404 with the choices."""
    for kind, one in (("reports", "chat-usage"), ("charts", "proxy-errors")):
        reply = await world.get(f"/api/v1/{kind}/nothing", ADMIN)
        assert (reply.status, one in reply.json["message"]) == (404, True)


async def test_csv_is_safe_for_spreadsheets(world: World, shelf: Shelf) -> None:
    """RFC 4180 in UTF-8; what a spreadsheet would take for a formula is text."""
    said = ['=HYPERLINK("x")', "+1", "-1", "@x", "\t=1", "\r=1", 'a "b", c\nd', "Müller 李"]
    await shelf.session("=ana", *said)
    path = "/api/v1/reports/chat-lesson-detail?course=stats&lesson=mean"
    reply = await world.get(path, {**ADMIN, "Accept": "text/csv"})
    assert 'filename="chat-lesson-detail.csv"' in reply.headers["Content-Disposition"]
    table = list(csv.reader(io.StringIO(reply.body.decode("utf-8"), newline="")))
    told = [row[3] for row in table[1:] if row[1] == "user"][::-1]
    assert told == ["'" + text for text in said[:6]] + said[6:]
    assert (table[0], table[-1][2]) == (["Time", "Role", "User", "Content"], "'=ana")
    assert reply.body.endswith(b"\r\n")


async def test_charts_have_a_point_for_every_day(world: World, shelf: Shelf) -> None:
    """In UTC, zero where there was nothing, both ends within; by name, title or the monolith's folder."""
    late = NOON.replace(hour=23, minute=59)
    await shelf.turn("ana", late, latency_ms=100)
    await shelf.turn("ben", late + DAY, latency_ms=300, outcome="failed", status_code=500)
    await shelf.turn("ben", late + DAY, latency_ms=100)
    await shelf.event("ana")
    period = "from=2026-03-01&to=2026-03-03"
    values = {
        "assistant-cost": [0, 0.01, 0.02],
        "AI Guardrail Events": [0, 1, 0],
        "ai_proxy_errors": [0, 0, 1],
        "proxy-avg-latency": [0, 100, 200],
        "proxy-requests": [0, 1, 2],
        "embedded-chunks": [0, 0, 0],
    }
    for name, wanted in values.items():
        chart = (await world.get(f"/api/v1/charts/{quote(name)}?{period}", ADMIN)).json
        assert [point["value"] for point in chart["points"]] == wanted, name
    assert (chart["timezone"], chart["from"], chart["to"]) == ("UTC", "2026-03-01", "2026-03-03")
    assert [point["day"] for point in chart["points"]] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    other = (await world.get(f"/api/v1/charts/proxy-requests?{period}&course=other", ADMIN)).json
    assert [point["value"] for point in other["points"]] == [0, 0, 0]


async def test_charts_are_those_of_the_monolith(world: World) -> None:
    """Titles, kinds, styles and colours; the last month by default."""
    charts = (await world.get("/api/v1/charts", ADMIN)).json["charts"]
    assert [(one["title"], one["kind"], one["style"], one["colour"]) for one in charts] == [
        ("AI Assistant Cost (Sum)", "Sum", "Bar", "#2AC769"),
        ("Embedded Chunks (Daily)", "Count", "Line", "#7B61FF"),
        ("AI Guardrail Events", "Count", "Line", "#FF7A2F"),
        ("AI Proxy Avg Latency", "Average", "Line", "#F2994A"),
        ("AI Proxy Errors", "Count", "Line", "#EB5757"),
        ("AI Proxy Requests", "Count", "Line", "#4463F0"),
    ]
    series = (await world.get("/api/v1/charts/proxy-requests", ADMIN)).json
    today = world.services.clock.now().date()
    assert (series["to"], 29 <= len(series["points"]) <= 32) == (today.isoformat(), True)
    series = (await world.get("/api/v1/charts/proxy-requests?to=2026-03-31", ADMIN)).json
    assert (series["from"], len(series["points"])) == ("2026-02-28", 32)


async def test_charts_are_for_staff_and_refuse_bad_periods(world: World) -> None:
    """Instructors name a course of theirs; what is no day, reversed, unknown or too long is refused."""
    path = "/api/v1/charts/proxy-requests"
    assert (await world.get(f"{path}?course=stats", ANA)).status == 403
    assert (await world.get(path, TEACHER)).code == "course_missing"
    assert (await world.get(f"{path}?course=stats", TEACHER)).status == 200
    for query in ("from=2026-02-30", "from=2026-02-02&to=2026-02-01", "from=1990-01-01", "to=9999-12-31"):
        assert (await world.get(f"{path}?{query}", ADMIN)).code == "bad_filter", query
    assert (await world.get(f"{path}?lesson=mean", ADMIN)).code == "unknown_filter"


async def test_a_day_of_few_learners_has_no_cost_for_teachers(world: World, shelf: Shelf) -> None:
    """Whoever looks at a single day would see what one learner cost."""
    for number in range(5):
        await shelf.turn(f"u{number}", NOON)
        await shelf.turn("u0", NOON + DAY)
    path = "/api/v1/charts/assistant-cost?course=stats&from=2026-03-01&to=2026-03-03"
    teacher, admin = (await world.get(path, TEACHER)).json, (await world.get(path, ADMIN)).json
    assert [point["value"] for point in teacher["points"]] == [0, 0.05, None]
    assert [point["value"] for point in admin["points"]] == [0, 0.05, 0.05]
    assert (len(teacher["notes"]), admin["notes"]) == (1, [])


async def test_what_a_process_just_logged_is_counted(world: World) -> None:
    """Nobody waits for the log to be written."""
    await world.ask(model="test/model")
    found = await rows(world, "proxy-summary")
    assert [row[:4] for row in found] == [("stats", "mean", 1, 0)]


async def _indexed(shelf: Shelf, course: str, lesson: str, many: int, embedded: int) -> None:
    shelf.count += 1
    key = shelf.count
    held = {"tenant": "default", "course": course, "lesson": lesson}
    await shelf.add(sources, {"id": key, **held, "source": "lesson", "published": 1})
    version = {"id": key, "tenant": "default", "source_id": key, "number": 1, "run_id": "r", "title": "", "chapter": ""}
    version |= {"source_type": "text", "metadata_json": "{}", "text": "", "blocks_json": "[]", "indexed_at": NOON}
    await shelf.add(versions, version)
    for number in range(many):
        chunk = {"tenant": "default", "id": f"{key}-{number}", "version_id": key, "ordinal": number, "start": 0}
        chunk |= {"end": 1, "heading_json": "[]", "anchor": "", "sentences_json": "[]", "text": "", "indexed_text": ""}
        await shelf.add(chunks, {**chunk, "embedded_by": "m" if number < embedded else None})


async def _source(shelf: Shelf, url: str, status: str, **fields: Any) -> None:
    shelf.count += 1
    row = {"tenant": "default", "id": f"src_{shelf.count}", "course": "stats", "lesson": "mean", "title": "Page"}
    row |= {"url": url, "allowed": True, "interval": 0, "status": status, "error_code": "", "error": ""}
    row |= {"mime_type": "", "excerpt": "", "found_at": "", "content_hash": "", "etag": "", "last_modified": ""}
    row |= {"chunks": 0, "fetched": None, "due": None, "claim": "", "claimed": None, "created": NOON}
    row |= {"created_by": "tess", "modified": NOON, "url_hash": f"{shelf.count:064}"}
    await shelf.add(external_sources, {**row, **fields})
