"""What the tutor answers, over a small course without vectors."""

import re

import pytest
from lessons import BREAD, ask, passages, quotes_of

from banyan.proxy.domain.tutor.reply import Reply
from banyan.proxy.domain.tutor.wording import WORDINGS

SAID = WORDINGS["english"]


def lesson_text(title: str) -> str:
    return "\n\n".join(paragraph for section in BREAD[title].values() for paragraph in section)


QUESTIONS = [
    "Why does dough rise?",
    "What is gluten?",
    "Summarise this lesson",
    "Give me an example of yeast",
    "Compare yeast and gluten",
    "What ends the rise of a loaf in the oven?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quotation_stands_word_for_word_where_its_citation_says(question: str) -> None:
    """A citation's quote equals the lesson's text over its span, and stands in the answer before its number."""
    reply = ask(question, lesson="dough")
    assert reply.citations
    assert [citation.index for citation in reply.citations] == list(range(1, len(reply.citations) + 1))
    for citation in reply.citations:
        assert lesson_text(citation.title)[citation.start : citation.end] == citation.quote
        assert f"{citation.quote} [{citation.index}]" in reply.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_but_quotations_and_fixed_phrases_is_said(question: str) -> None:
    """Without its quotations an answer holds only the phrases that the tutor always uses."""
    reply = ask(question, lesson="dough")
    rest = reply.text
    for citation in reply.citations:
        rest = rest.replace(f"{citation.quote} [{citation.index}]", "")
    assert " ".join(rest.split()) in ("", "On yeast: On gluten: On both:")


def test_a_question_is_answered_by_the_sentences_that_answer_it() -> None:
    """The sentence that answers is among the first three."""
    assert "At sixty degrees the yeast dies and the rise ends." in quotes_of(ask(QUESTIONS[-1]))[:3]


def test_an_exam_question_is_answered_by_the_sentence_with_the_missing_word() -> None:
    """Blanks do not hinder."""
    reply = ask("The test that shows whether a dough is ready is called the ________ test.")
    assert any("windowpane" in quote for quote in quotes_of(reply)[:3])


def test_a_definition_comes_first() -> None:
    """Asked what something is, the tutor starts with the sentence that says it."""
    assert quotes_of(ask("What is gluten?"))[0].startswith("Gluten is a net of proteins")


def test_questions_and_pointers_of_the_lesson_are_not_quoted() -> None:
    """A lesson's own questions and its "watch this video" answer nothing."""
    said = [quote for q in ("Why is rye bread dense?", "video about steam", "rye flour") for quote in quotes_of(ask(q))]
    assert said
    assert not any(quote.startswith(("Do you know", "Watch")) for quote in said)


def test_a_summary_is_of_the_open_lesson_in_reading_order() -> None:
    """All sentences come from the lesson, from more than one section, and stand as the lesson has them."""
    reply = ask("Summarise this lesson", lesson="dough")
    starts = [citation.start for citation in reply.citations]
    assert starts == sorted(starts)
    assert {citation.title for citation in reply.citations} == {"Dough"}
    assert {citation.heading for citation in reply.citations} == {("Yeast",), ("Gluten",)}


def test_a_summary_without_a_lesson_asks_which() -> None:
    """Nothing is guessed."""
    assert ask("Summarise this lesson") == Reply(SAID.which_lesson)


def test_an_example_is_the_lessons_own() -> None:
    """The sentence that says so is found, with the one it leans on."""
    assert quotes_of(ask("Give me an example of yeast")) == [
        "Warm water wakes dried yeast within minutes.",
        "For example, a spoon of dried yeast in a cup of warm sugar water foams after five minutes.",
    ]


def test_an_example_that_is_announced_comes_with_what_follows() -> None:
    """ "Imagine ..." alone would be no example."""
    quoted = quotes_of(ask("Give me an example of a brown crust"))
    assert quoted[-1] == "The loaf brushed with milk browns first, because milk brings sugar."


def test_a_comparison_says_each_and_both() -> None:
    """One paragraph per term, and one where a sentence names both."""
    paragraphs = ask("What is the difference between yeast and gluten?").text.split("\n\n")
    assert paragraphs[0] == "On yeast: Yeast is a living fungus that turns sugar into carbon dioxide and alcohol. [1]"
    assert paragraphs[1] == "On gluten: Gluten is a net of proteins that forms when wheat flour meets water. [2]"
    assert paragraphs[2] == "On both: Whereas yeast makes the gas, gluten keeps it inside the dough. [3]"


def test_a_comparison_with_something_foreign_says_which_is_missing() -> None:
    """The covered term is answered all the same."""
    paragraphs = ask("Compare yeast and submarines").text.split("\n\n")
    assert paragraphs[0].startswith("On yeast:")
    assert paragraphs[1] == "The course does not seem to cover submarines."


@pytest.mark.parametrize("question", ["Who won the chess world cup?", "What is a submarine?", "quantum entanglement"])
def test_what_the_course_does_not_cover_is_said_plainly(question: str) -> None:
    """No sentence is quoted just to say something."""
    reply = ask(question)
    assert reply.text.startswith(SAID.not_covered)
    assert reply.citations == ()


def test_small_talk_gets_a_friendly_word_and_no_citation() -> None:
    """A greeting is not looked up."""
    assert ask("Hello!") == Reply(SAID.chat)


def test_a_quiz_question_does_not_give_its_answer_away() -> None:
    """The term is blanked wherever it stands, and nothing is cited."""
    reply = ask("Quiz me", lesson="dough")
    gapped = reply.text.split("\n\n")[1]
    assert reply.citations == ()
    assert "_____" in gapped
    answered = ask("Quiz me", reply.text, "I don't know", lesson="dough")
    term = re.search("“(.+?)”", answered.text)
    assert term is not None
    assert term[1].lower() not in gapped.lower()


def test_the_answer_to_a_quiz_quotes_its_sentence() -> None:
    """The gapped sentence in the conversation is all that is needed to find it."""
    question = ask("Quiz me on gluten").text
    answered = ask("Quiz me on gluten", question, "I give up")
    assert len(answered.citations) == 1
    gapped = question.split("\n\n")[1]
    assert re.fullmatch(re.escape(gapped).replace("_____", ".+"), answered.citations[0].quote)


def test_a_guess_is_judged_by_the_term() -> None:
    """Articles, inflection and a slip of the pen do not matter; another word does."""
    question = "Fill in the gap:\n\n_____ is a net of proteins that forms when wheat flour meets water.\n\nSend it."
    for guess in ("gluten", "Is it the Gluten?", "I think it's gluten", "glutten"):
        assert ask("Quiz me", question, guess).text.startswith(SAID.right), guess
    for guess in ("yeast", "is it wheat flour?"):
        assert ask("Quiz me", question, guess).text.startswith(SAID.wrong), guess


def test_another_quiz_question_is_another_one() -> None:
    """A conversation does not repeat a question while there are others."""
    turns = ["Quiz me"]
    asked = []
    for _ in range(3):
        asked.append(ask(*turns, lesson="dough").text)
        turns += [asked[-1], "another one"]
    assert len(set(asked)) == 3


def test_tell_me_more_says_something_new() -> None:
    """Sentences already quoted are not quoted again."""
    first = ask("Why does dough rise?")
    more = ask("Why does dough rise?", first.text, "tell me more")
    assert more.citations
    assert not set(quotes_of(first)) & set(quotes_of(more))


def test_a_course_in_a_script_without_spaces_is_answered() -> None:
    """Words are compared by pairs of characters there."""
    shelf = passages({"細胞": {"基本": ["細胞は生命の基本単位です。植物は光で糖を作ります。水は根から入ります。"]}})
    assert quotes_of(ask("細胞とは何ですか", shelf=shelf))[0] == "細胞は生命の基本単位です。"


def test_a_course_written_from_right_to_left_is_answered() -> None:
    """Arabic is compared by words as any script with spaces."""
    shelf = passages({"الخلية": {"مقدمة": ["الخلية هي وحدة بناء الكائن الحي. يصنع النبات السكر من الضوء."]}})
    assert quotes_of(ask("ما هي الخلية؟", shelf=shelf))[0] == "الخلية هي وحدة بناء الكائن الحي."


def test_an_answer_is_said_in_the_language_of_the_question() -> None:
    """The fixed phrases follow the learner."""
    assert ask("Was ist ein Unterseeboot?").text.startswith(WORDINGS["german"].not_covered)


def test_equal_questions_get_equal_answers() -> None:
    """Nothing is left to chance."""
    assert ask("Why does dough rise?", lesson="dough") == ask("Why does dough rise?", lesson="dough")


def test_an_empty_lesson_cannot_be_summarised_nor_asked_about() -> None:
    """Emptiness is said, not crashed on."""
    assert ask("Summarise this lesson", lesson="dough", shelf=()) == Reply(SAID.empty)
    assert ask("Quiz me", lesson="dough", shelf=()) == Reply(SAID.no_question)
    assert ask("What is gluten?", shelf=()) == Reply(SAID.not_covered, covered=False)


def test_the_sentence_that_defines_the_term_beats_one_that_only_has_it() -> None:
    """Being about the term is not saying what it is."""
    shelf = passages(
        {"Rye": {"Rye": ["The rye sour is an old guest of rye bakers. A sour is a dough that ferments for days."]}}
    )
    assert quotes_of(ask("What is a sour?", shelf=shelf))[0].startswith("A sour is")


def test_the_open_lesson_is_preferred_among_equals() -> None:
    """Two lessons say the same in other words; the learner's own is quoted first."""
    said = {"One": {"Salt": ["Salt slows yeast down a little."]}, "Two": {"Salt": ["A little salt slows down yeast."]}}
    for lesson in ("one", "two"):
        reply = ask("Does salt slow yeast down?", lesson=lesson, shelf=passages(said))
        assert reply.citations[0].lesson == lesson


def test_what_a_numbered_kind_is_comes_first() -> None:
    """ "I" is a numeral there, and "type" has nothing to do with typing."""
    shelf = passages({"Rye": {"Flour": ["It may be a typing error. A type I flour is ground twice. Flour keeps dry."]}})
    assert quotes_of(ask("What is type I flour?", shelf=shelf))[0] == "A type I flour is ground twice."
    assert quotes_of(ask("What is type 1 flour?", shelf=shelf))[0] == "A type I flour is ground twice."


def test_a_definition_that_names_the_other_term_is_still_the_definition() -> None:
    """In a comparison "X is the part of Y" says best what X is."""
    said = ["A levain is the part of a sour that is kept.", "A sour is dough that ferments.", "Levain smells of fruit."]
    paragraphs = ask("Compare levain and sour", shelf=passages({"Rye": {"Levain": [" ".join(said)]}})).text.split(
        "\n\n"
    )
    assert paragraphs[0].startswith(f"On levain: {said[0]}")
    assert paragraphs[1].startswith(f"On sour: {said[1]}")


def test_a_question_of_names_that_stand_together_in_a_sentence_is_covered() -> None:
    """Whoever is named in the course is known to it, however little else is said."""
    said = "Many bakers weigh the salt. The miller Ada Okoro set the stones by ear. Rain spoils flour."
    shelf = passages({"Mills": {"Stones": [said]}, "Rain": {"Rain": ["Rain falls in spring."]}})
    assert "The miller Ada Okoro set the stones by ear." in quotes_of(ask("Who was Ada Okoro?", shelf=shelf))
    assert ask("Who was Ada Lovelace?", shelf=shelf).citations == ()


def test_a_term_by_itself_is_a_question() -> None:
    """A word that the course defines gets its definition; a word that it does not have gets none."""
    assert quotes_of(ask("Gluten?"))[0].startswith("Gluten is a net of proteins")
    assert quotes_of(ask("oven spring"))[0].startswith("Oven spring is the last quick rise")
    assert ask("Submarine?").citations == ()


def test_what_is_far_weaker_than_the_best_sentence_is_left_out() -> None:
    """Two sentences that answer are better than three of which one does not."""
    shelf = passages(
        {
            "Rye": {"Sour": ["A rye sour is a dough that ferments for days. A rye sour smells of fruit."]},
            "Salt": {"Salt": ["Nobody knows how salt got into the old rye bread of the valley."]},
        }
    )
    assert quotes_of(ask("What is a rye sour?", shelf=shelf)) == [
        "A rye sour is a dough that ferments for days.",
        "A rye sour smells of fruit.",
    ]


def test_a_guess_that_shares_only_a_word_with_the_term_is_wrong() -> None:
    """A single letter may be what tells two terms apart."""
    shelf = passages({"Flour": {"T number": ["The T number is the weight of the ash that a flour leaves when burnt."]}})
    question = "Fill in the gap:\n\nThe _____ is the weight of the ash that a flour leaves when burnt.\n\nSend it."
    assert ask("Quiz me", question, "the t number", shelf=shelf).text.startswith(SAID.right)
    assert ask("Quiz me", question, "ash number", shelf=shelf).text.startswith(SAID.wrong)


def test_not_knowing_the_answer_gets_it_with_its_source() -> None:
    """However it is said."""
    question = ask("Quiz me on gluten").text
    for message in ("I don't know", "dont know", "not sure", "skip", "tell me"):
        answered = ask("Quiz me on gluten", question, message)
        assert answered.text.startswith("The answer is"), message
        assert len(answered.citations) == 1
