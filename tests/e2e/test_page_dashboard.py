"""The dashboards of the page, used by a teacher of the sample course on a service that keys have closed."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from browsing import OpenPage
from playwright.async_api import Page, expect
from services import Service, banyan, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

COURSE, LESSON = "thinking-with-data", "confidence-intervals"
QUESTION = "What does a confidence interval tell us?"
TASK = "Which of the following tells us the standard error: the sample mean, or the spread of sample means?"
LEARNERS = ("ana", "ben", "cyd", "dora", "emil")
SCREENS = ("", "/help", "/faq", "/feedback", "/exams", "/stale")


class School:
    """The running service, with the keys of a backend, a teacher and a learner."""

    def __init__(self, service: Service) -> None:
        self.url = service.assistant
        self.backend = self.key(service, "ops", "--role", "admin")
        self.teacher = self.key(service, "key of tess", "--role", "instructor", "--user", "tess")
        self.learner = self.key(service, "key of zoe", "--role", "learner", "--user", "zoe")

    @staticmethod
    def key(service: Service, name: str, *options: str) -> str:
        return str(json.loads(banyan(service.data, "keys", "create", name, *options, "--json").stdout)["key"])

    def call(self, path: str, body: object = None, user: str = "tess", method: str | None = None) -> Any:
        """As the backend asks for a person: a learner, unless it is the teacher."""
        role = "instructor" if user == "tess" else "learner"
        headers = {
            "Authorization": f"Bearer {self.backend}",
            "Content-Type": "application/json",
            "X-Banyan-User": user,
            "X-Banyan-Roles": role,
        }
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ask(self, user: str, question: str = QUESTION) -> Any:
        body = {"course": COURSE, "lesson": LESSON, "messages": [{"role": "user", "content": question}]}
        return self.call("chat/completions", body, user)

    def says(self, user: str, question: str = QUESTION) -> str:
        """The code of the notice that an answer comes with; "" for none."""
        return str((self.ask(user, question).get("notice") or {}).get("code", ""))


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """Five learners have asked the same, and one of them is not content."""
    with serving(tmp_path_factory.mktemp("desk") / "data", "--sample") as service:
        school = School(service)
        answers = [school.ask(learner) for learner in LEARNERS]
        rating = {"rating": "down", "reasons": ["unclear"], "comment": "What is <b>this</b>?"}
        school.call(f"messages/{answers[0]['message_id']}/feedback", rating, LEARNERS[0])
        yield school


async def signed_in(open_page: OpenPage, school: School, key: str, hash: str = "#/", **options: Any) -> Page:
    page = await open_page(f"{school.url}/{hash}", **options)
    await page.get_by_label("Your key").fill(key)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Your key")).to_have_count(0)
    return page


async def open_tab(page: Page, name: str) -> None:
    await page.get_by_role("navigation", name="Sections of the dashboard").get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name, level=2)).to_be_focused()


async def test_a_teacher_sees_where_questions_gather(open_page: OpenPage, school: School) -> None:
    """From the lessons by a link; each row leads to its section, and the table can be taken along."""
    page = await signed_in(open_page, school, school.teacher)
    await page.get_by_role("link", name="Dashboard").first.click()
    await expect(page.get_by_role("link", name="Operations")).to_have_count(0)
    spots = page.locator("details.report", has=page.get_by_role("heading", name="Hot Spots"))
    row = spots.get_by_role("row", name="What a confidence interval is")
    await expect(row).to_contain_text("Estimates and confidence intervals")
    await expect(row.get_by_role("cell").last).to_have_text(re.compile("^[5-9]$"))  # those of other tests may be there
    async with page.expect_download() as download:
        await spots.get_by_role("button", name="CSV").click()
    assert (await (await download.value).path()).read_text().startswith("Course,Lesson,Heading")
    requests = page.locator("figure", has_text="AI Proxy Requests")
    await requests.get_by_text("As a table").click()
    await expect(requests.get_by_role("row")).to_have_count(2)
    await row.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="What a confidence interval is")).to_be_focused()


async def test_the_help_level_is_looked_at_saved_and_followed(open_page: OpenPage, school: School) -> None:
    """Also when a colleague was faster: then both are shown before anything is saved."""
    page = await signed_in(open_page, school, school.teacher, f"#teach/{COURSE}/help")
    level = page.get_by_label("Help level")
    await level.select_option("Hints first")
    await page.get_by_role("button", name="See what would change").click()
    await expect(page.get_by_text("Help level: Explain → Hints first")).to_be_visible()
    school.call(f"courses/{COURSE}/config", {"values": {"off_topic": "refuse"}}, method="PATCH")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Somebody has changed this in the meantime.")).to_be_visible()
    await expect(page.get_by_label("Off-topic questions")).to_have_value("refuse")
    await expect(level).to_have_value("hints")
    assert not school.ask("ana", TASK).get("hint")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved. The next answer follows it.")).to_be_visible()
    assert school.ask("ana", TASK)["hint"]["step"] == 1
    await page.get_by_label("Reason, for colleagues").fill("Half-term")
    await page.get_by_role("button", name="Pause the tutor").click()
    await expect(page.get_by_text("Reason: Half-term")).to_be_visible()
    assert school.says("ben") == "assistant_paused"
    await page.get_by_role("button", name="End the pause").click()
    await level.select_option("")
    await page.get_by_label("Off-topic questions").select_option("")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved. The next answer follows it.")).to_be_visible()
    assert school.call(f"courses/{COURSE}/config")["values"] == {}


async def test_an_faq_is_drafted_from_chats_edited_and_published(open_page: OpenPage, school: School) -> None:
    """It answers the next learner, and no more once it is withdrawn."""
    page = await signed_in(open_page, school, school.teacher, f"#teach/{COURSE}/faq")
    await page.get_by_role("button", name="Draft from chats").click()
    await expect(page.get_by_text("A draft with 1 question is below.")).to_be_visible(timeout=60_000)
    card = page.get_by_role("article")
    await card.get_by_role("button", name="Edit").click()
    await card.get_by_label("Question 1", exact=True).fill("What does a confidence interval say?")
    await card.get_by_role("button", name="Save changes").click()
    await expect(card.get_by_text("What does a confidence interval say?")).to_be_visible()
    await card.get_by_role("button", name="Mark as reviewed").click()
    await card.get_by_role("button", name="Publish").click()
    await expect(page.get_by_text("It answers the next learner who asks.")).to_be_visible()
    assert school.says("finn", "What does a confidence interval say?") == "faq"
    await card.get_by_role("button", name="Withdraw").click()
    await expect(page.get_by_text("Withdrawn.")).to_be_visible()
    assert school.says("gil", "What does a confidence interval say?") != "faq"


async def test_feedback_is_read_as_text_and_marked_as_done(open_page: OpenPage, school: School) -> None:
    """What was done about it stays with it."""
    page = await signed_in(open_page, school, school.teacher, f"#teach/{COURSE}/feedback")
    card = page.get_by_role("article")
    await expect(card).to_contain_text("What is <b>this</b>?")
    await card.get_by_label("What was done").select_option("The lesson was changed")
    await card.get_by_label("Note").fill("A picture now.")
    await card.get_by_role("button", name="Mark as done").click()
    await expect(page.get_by_text("No feedback to look through.")).to_be_visible()
    await page.get_by_label("Show").select_option("Done")
    await expect(card).to_contain_text("Done by tess")
    await expect(card).to_contain_text("The lesson was changed (A picture now.)")


async def test_an_exam_is_locked_for_a_learner_and_lifted(open_page: OpenPage, school: School) -> None:
    """Whoever is named is refused, whoever is not goes on."""
    page = await signed_in(open_page, school, school.teacher, f"#teach/{COURSE}/exams")
    await page.get_by_label("Learners in the exam").fill("ana")
    await page.get_by_label("Reason, for the record").fill("Midterm")
    await page.get_by_role("button", name="Lock now").click()
    row = page.get_by_role("listitem").filter(has_text="Midterm")
    await expect(row).to_contain_text("Locked now")
    assert [school.says("ana"), school.says("ben")] == ["exam_lock", ""]
    await row.get_by_role("button", name="Lift").click()
    await expect(row).to_contain_text("Lifted by tess")
    assert school.says("ana") == ""


async def test_a_learner_does_not_see_the_dashboard(open_page: OpenPage, school: School) -> None:
    """No link, no page at its address, and the service refuses."""
    page = await signed_in(open_page, school, school.learner, f"#/{COURSE}/{LESSON}")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.get_by_role("link", name="Dashboard")).to_have_count(0)
    await page.goto(f"{school.url}/#teach/{COURSE}/exams")
    await expect(page.get_by_role("heading", name="Dashboards are for those who teach")).to_be_visible()
    await expect(page.get_by_role("button", name="Lock now")).to_have_count(0)
    with pytest.raises(urllib.error.HTTPError) as refused:
        school.call(f"reports/hot-spots?course={COURSE}", user="zoe")
    assert refused.value.code == 403
    refused.value.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
async def test_every_screen_can_be_read_by_everybody(
    open_page: OpenPage, school: School, scheme: str, width: int
) -> None:
    """Nothing for axe, nothing wider than the screen, and nothing that is touched lower than a finger."""
    school.call(f"courses/{COURSE}/lock", {"learners": ["nobody"], "reason": "Old"}, method="PUT")
    page = await signed_in(open_page, school, school.backend, "#operate", width=width, color_scheme=scheme)
    await expect(page.locator(".parts li").first).to_be_visible()
    found = await faults(page)
    for screen in SCREENS:
        await page.goto(f"{school.url}/#teach/{COURSE}{screen}")
        await expect(page.locator(".desk .waiting:visible")).to_have_count(0)
        await expect(page.get_by_role("heading", level=2).first).to_be_visible()
        found += await faults(page)
    assert found == []


async def faults(page: Page) -> list[str]:
    violations = (await Axe().run(page)).response["violations"]
    found = [f"{page.url} {one['id']}: {one['nodes'][0]['html']}" for one in violations]
    if await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append(f"{page.url} is too wide")
    low = "[...document.querySelectorAll('button, select, .tabs a')].filter((one) => one.offsetHeight < 40).length"
    return found + ([f"{page.url} has low buttons"] if await page.evaluate(low) else [])
