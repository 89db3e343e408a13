"""The routes of drafts: FAQs, lesson summaries and quizzes, from their making to their publication."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from banyan.assistant.domain.drafts import DraftKind, Move, State
from banyan.assistant.domain.quizzing import Difficulty
from banyan.assistant.domain.rendering import as_editorjs, as_html, as_markdown
from banyan.assistant.usecases.draft_lesson import QuizOrder
from banyan.assistant.usecases.mine_faqs import FaqOrder
from banyan.edge.http.access import STAFF, RuledRoute, identity_of, within
from banyan.edge.http.assistant_services import AssistantServices
from banyan.edge.http.draft_bodies import (
    DraftEdit,
    DraftShown,
    DraftsShown,
    FaqDraftBody,
    FaqEdit,
    LessonDraftBody,
    LessonEdit,
    MoveBody,
    QuizDraftBody,
    QuizEdit,
    QuizOrderBody,
    SavingsShown,
    draft_fields,
    edited,
    saving_fields,
)
from banyan.edge.http.export_routes import file_response
from banyan.edge.http.fields import Id, json_response
from banyan.edge.http.job_bodies import JobBody, job_fields
from banyan.kernel.errors import InvalidInput
from banyan.kernel.identity import Identity

Asker = Annotated[Identity, Depends(identity_of)]
_STAFF = within(STAFF, "tutor")
_TAGS = ["drafts"]
_FORMATS = ("markdown", "editorjs", "html")
_EDITS: dict[DraftKind, type[DraftEdit]] = {
    DraftKind.FAQ: FaqEdit,
    DraftKind.LESSON: LessonEdit,
    DraftKind.QUIZ: QuizEdit,
}


def draft_routes(services: AssistantServices) -> list[APIRouter]:
    """All of them; for staff of the course."""
    return [_making(services), *(_keeping(services, kind) for kind in DraftKind)]


def _making(services: AssistantServices) -> APIRouter:
    router = APIRouter(route_class=RuledRoute, tags=[*_TAGS], prefix="/api/v1")

    @router.post(
        "/courses/{course}/lessons/{lesson}/quiz-drafts",
        openapi_extra=_STAFF,
        response_model=DraftShown,
        status_code=201,
        summary="Draft a quiz from a lesson",
    )
    async def quiz_of_lesson(course: Id, lesson: Id, body: QuizOrderBody, asker: Asker) -> Response:
        """Each question has one right option, and the sentence of the lesson that has the answer.

        Questions are quoted from the lesson, unless the body or the course's policy names a model; what a model
        writes is held to the lesson, and questions that are not are left out, with a note.
        """
        return json_response(
            draft_fields(await services.teaching.from_lesson.quiz(asker, course, lesson, _order(body))), 201
        )

    @router.post(
        "/quiz-drafts",
        openapi_extra=_STAFF,
        response_model=DraftShown,
        status_code=201,
        summary="Draft a quiz from a lesson that the body names",
    )
    async def quiz(body: QuizDraftBody, asker: Asker) -> Response:
        """As under the lesson's own address."""
        return json_response(
            draft_fields(await services.teaching.from_lesson.quiz(asker, body.course, body.lesson, _order(body))), 201
        )

    @router.post(
        "/lesson-drafts",
        openapi_extra=_STAFF,
        response_model=DraftShown,
        status_code=201,
        summary="Draft a summary and a glossary of a lesson",
    )
    async def lesson(body: LessonDraftBody, asker: Asker) -> Response:
        """Every sentence and term comes with the sentence of the lesson that supports it."""
        return json_response(
            draft_fields(await services.teaching.from_lesson.lesson(asker, body.course, body.lesson, body.model)), 201
        )

    @router.post(
        "/faq-drafts",
        openapi_extra=_STAFF,
        response_model=DraftShown,
        status_code=201,
        summary="Draft an FAQ from the chats of a course",
        responses={202: {"model": JobBody, "description": "The job; its result names the draft."}},
    )
    async def faq(body: FaqDraftBody, asker: Asker) -> Response:
        """What at least two learners asked, in words that name nobody, answered anew from the course with citations."""
        order = FaqOrder(body.course, body.lesson, body.since, body.min_learners, body.max_items, body.model)
        if not body.wait:
            mining = await services.teaching.from_chats.begin(asker, order)
            fields = body.model_dump(exclude={"wait"}) | {"model": mining.model}
            return json_response(job_fields(await services.jobs.submit(asker, "mine_faqs", fields)), 202)
        return json_response(draft_fields(await services.teaching.from_chats(asker, order)), 201)

    @router.get(
        "/courses/{course}/faq-savings",
        openapi_extra=_STAFF,
        response_model=SavingsShown,
        summary="What published answers saved, by day",
    )
    async def savings(course: Id, asker: Asker) -> Response:
        """Questions that were answered from an FAQ, and what a model would have taken for them."""
        found = await services.teaching.drafts.savings(asker, course)
        return json_response({"savings": [saving_fields(one) for one in found]})

    return router


def _keeping(services: AssistantServices, kind: DraftKind) -> APIRouter:
    router = APIRouter(route_class=RuledRoute, tags=[*_TAGS], prefix=f"/api/v1/{kind.value}-drafts")
    edit_body = _EDITS[kind]

    @router.get("", openapi_extra=_STAFF, response_model=DraftsShown, summary=f"Drafts of the kind {kind.value}")
    async def all_of_them(
        asker: Asker,
        course: Annotated[Id | None, Query()] = None,
        lesson: Annotated[Id | None, Query()] = None,
        state: Annotated[State | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Those of the courses that the caller teaches, the newest first."""
        found = await services.teaching.drafts.list(asker, kind, course=course, lesson=lesson, state=state, limit=limit)
        return json_response({"drafts": [draft_fields(draft) for draft in found]})

    @router.get("/{id}", openapi_extra=_STAFF, response_model=DraftShown, summary=f"One {kind.value} draft")
    async def one(id: Id, asker: Asker) -> Response:
        """One draft."""
        return json_response(draft_fields(await services.teaching.drafts.one(asker, kind, id)))

    @router.patch("/{id}", openapi_extra=_STAFF, response_model=DraftShown, summary=f"Change a {kind.value} draft")
    async def change(id: Id, body: edit_body, asker: Asker) -> Response:  # type: ignore[valid-type]
        """The lists that are sent take the place of those that are there. What was reviewed is a draft again.

        Citations may be left out, not made up: send them as they were read.
        """
        edit: DraftEdit = body
        after = await services.teaching.drafts.edit(asker, kind, id, edit.version, lambda draft: edited(draft, edit))
        return json_response(draft_fields(after))

    @router.delete("/{id}", openapi_extra=_STAFF, status_code=204, summary=f"Delete a {kind.value} draft")
    async def remove(id: Id, asker: Asker) -> Response:
        """Also where it is published; then it is in force no more."""
        await services.teaching.drafts.remove(asker, kind, id)
        return Response(status_code=204)

    @router.get("/{id}/export", openapi_extra=_STAFF, summary=f"A {kind.value} draft for other programs")
    async def export(
        id: Id,
        asker: Asker,
        format: Annotated[Id, Query(description="Of `markdown`, `editorjs`, `html`; of a quiz, also of /exports.")] = (
            "markdown"
        ),
    ) -> Response:
        """Markdown, a document of Editor.js, or HTML that is safe to put on a page.

        A quiz also in the formats for quizzes that `GET /api/v1/exports` lists.
        """
        draft = await services.teaching.drafts.one(asker, kind, id)
        if format not in _FORMATS:
            others = [name for name, _ in services.exports.known("quiz")] if kind is DraftKind.QUIZ else []
            if format not in others:
                known = ", ".join(dict.fromkeys([*_FORMATS, *others]))
                raise InvalidInput(f"There is no format {format!r} here; choose one of {known}.", param="format")
            return file_response(await services.exports.draft(format, draft))
        if format == "editorjs":
            return Response(msgspec.json.encode(as_editorjs(draft)), media_type="application/json")
        text, media, suffix = (
            (as_html(draft), "text/html", "html") if format == "html" else (as_markdown(draft), "text/markdown", "md")
        )
        named = {"Content-Disposition": f'attachment; filename="{draft.id}.{suffix}"'}
        return Response(text, media_type=media, headers=named)

    for move in Move:
        _moving(router, services, kind, move)
    return router


def _moving(router: APIRouter, services: AssistantServices, kind: DraftKind, move: Move) -> None:
    @router.post(
        f"/{{id}}/{move.value}",
        openapi_extra=_STAFF,
        response_model=DraftShown,
        summary=f"{move.value.capitalize()} a {kind.value} draft",
        name=f"{move.value}_{kind.value}",
    )
    async def go(id: Id, asker: Asker, body: MoveBody | None = None) -> Response:
        """A draft is reviewed, then published; withdrawn, it is a draft again."""
        expected = None if body is None else body.version
        return json_response(draft_fields(await services.teaching.drafts.move(asker, kind, id, move, expected)))


def _order(body: QuizOrderBody) -> QuizOrder:
    return QuizOrder(body.count, Difficulty(body.difficulty), tuple(dict.fromkeys(body.kinds)), body.model)
