"""A streamed completion as the events of an answer."""

from banyan.adapters.gateways.answer_reader import AnswerReader
from banyan.assistant.ports.model_gateway import CitationsFound, TextDelta

OPENING = b'{"model": "m", "choices": [{"delta": {"role": "assistant", "content": ""}}], "citations": []}'
WORD = b'{"model": "m", "choices": [{"delta": {"content": "A leaf"}}]}'
CITED = (
    b'{"model": "t", "choices": [{"delta": {"content": "Quoted [1]."}}], "citations": [{"index": 1, "course": "c",'
    b' "lesson": "l", "chunk_id": "k", "title": "T", "heading": [], "anchor": "", "quote": "Quoted", "start": 0,'
    b' "end": 6, "source": "lesson", "source_type": "text", "score": 1.0}]}'
)


def test_citations_come_first_and_again_where_another_model_takes_over() -> None:
    """Those that come later are told before the text that they belong to."""
    reader = AnswerReader("m")
    events = [event for chunk in (OPENING, WORD, CITED) for event in reader.feed(chunk)]
    assert events[:2] == [CitationsFound(()), TextDelta("A leaf")]
    assert isinstance(events[2], CitationsFound)
    assert [one.quote for one in events[2].citations] == ["Quoted"]
    assert events[3:] == [TextDelta("Quoted [1].")]
