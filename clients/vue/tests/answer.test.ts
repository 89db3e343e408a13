import { createSSRApp } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { describe, expect, it } from 'vitest'

import { answerBlocks, citationPieces, readable } from '../src/answer'
import type { Citation } from '../src/api'
import AnswerText from '../src/components/AnswerText.vue'
import SourceList from '../src/components/SourceList.vue'

describe('signs that the service disarmed', () => {
  it('are read as they were meant', () => {
    expect(readable('Write &lt;script> and &lt;/IMG>.')).toBe('Write <script> and </IMG>.')
  })

  it('stay in code, and where the lesson itself speaks of the entity', () => {
    for (const text of ['`&lt;script>` is shown', 'Write &lt; for a sign, &lt;b> for bold.', '&lt;scripture'])
      expect(readable(text)).toBe(text)
  })

  it('never become markup', async () => {
    const page = await renderToString(createSSRApp(AnswerText, { text: 'An &lt;img src=x onerror=y>.', citations: [] }))
    expect(page).toContain('&lt;img src=x onerror=y&gt;')
  })
})

describe('citations in an answer', () => {
  it('are the numbers in brackets that the answer has sources for', () => {
    expect(citationPieces('Roots hang down [1], and up [12].', new Set([1, 12]))).toEqual([
      { text: 'Roots hang down ' },
      { citation: 1 },
      { text: ', and up ' },
      { citation: 12 },
      { text: '.' },
    ])
  })

  it('stand side by side without empty text between them', () => {
    expect(citationPieces('[1][2]', new Set([1, 2]))).toEqual([{ citation: 1 }, { citation: 2 }])
  })

  it('stay text when nothing is known by the number', () => {
    expect(citationPieces('Take a[3] or [x] or [ 1 ].', new Set([1]))).toEqual([{ text: 'Take a[3] or [x] or [ 1 ].' }])
  })
})

describe('blocks of an answer', () => {
  const none = new Set<number>()

  it('are paragraphs with their line breaks', () => {
    expect(answerBlocks('One\ntwo\n\n\nthree', none)).toEqual([
      { kind: 'paragraph', lines: [[{ text: 'One' }], [{ text: 'two' }]] },
      { kind: 'paragraph', lines: [[{ text: 'three' }]] },
    ])
  })

  it('are lists of bullets and of numbers, which keep their first number', () => {
    expect(answerBlocks('Two kinds:\n- a\n- b [1]\n3. c\n\n4) d\nend', new Set([1]))).toEqual([
      { kind: 'paragraph', lines: [[{ text: 'Two kinds:' }]] },
      { kind: 'list', ordered: false, first: 1, items: [[{ text: 'a' }], [{ text: 'b ' }, { citation: 1 }]] },
      { kind: 'list', ordered: true, first: 3, items: [[{ text: 'c' }], [{ text: 'd' }]] },
      { kind: 'paragraph', lines: [[{ text: 'end' }]] },
    ])
  })

  it('are none for an answer that has not begun', () => {
    expect(answerBlocks('', none)).toEqual([])
  })
})

describe('an answer as it is drawn', () => {
  const hostile = '<script>alert(1)</script><img src=x onerror=alert(2)> & "quotes"'
  const citation: Citation = {
    index: 1,
    course: 'c"><b>',
    lesson: '../l',
    title: '<i>Title</i>',
    heading: ['<u>Heading</u>'],
    anchor: '"><a>',
    quote: hostile,
    start: 0,
    end: 5,
  }

  it('shows markup as the text it is', async () => {
    const app = createSSRApp(AnswerText, { text: `${hostile} [1]`, citations: [citation] })
    const html = await renderToString(app)
    expect(html).not.toMatch(/<(script|img|b|i|u)\b/)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt; &amp; &quot;quotes&quot;')
    expect(html).toContain('href="#/c%22%3E%3Cb%3E/..%2Fl/%22%3E%3Ca%3E"')
  })

  it('shows the place and the words of a source as text', async () => {
    const html = await renderToString(createSSRApp(SourceList, { citations: [citation] }))
    expect(html).not.toMatch(/<(script|img|b|i|u)\b/)
    expect(html).toContain('&lt;i&gt;Title&lt;/i&gt; › &lt;u&gt;Heading&lt;/u&gt;')
  })
})
