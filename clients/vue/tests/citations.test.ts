import { expect, it } from 'vitest'

import type { Citation } from '../src/api'
import { targetOf } from '../src/citations'

const CITATION: Citation = {
  index: 1, course: 'c', lesson: 'l', title: 'T', heading: [], anchor: 'a', quote: 'Q.', start: 0, end: 2, source: 'lesson',
}

it('a sentence of a lesson is opened on the page, also where nobody said whose text it is', () => {
  const { source: _, ...older } = CITATION
  for (const citation of [CITATION, older]) expect(targetOf(citation)).toEqual({ href: '#/c/l/a', outside: false })
})

it('a page of the whole course, or beside a lesson, is opened where it stands', () => {
  const url = 'https://example.org/page'
  const expected = { href: url, outside: true }
  expect(targetOf({ ...CITATION, lesson: '_course', source: 'ext_1', url })).toEqual(expected)
  expect(targetOf({ ...CITATION, source: 'ext_1', url })).toEqual(expected)
})

it('what has no address, or one that is a program, leads nowhere', () => {
  expect(targetOf({ ...CITATION, lesson: '_course', source: 'att_1' })).toBeNull()
  for (const url of ['javascript:alert(1)', ' javascript:alert(1)//https://', 'data:text/html,x', ''])
    expect(targetOf({ ...CITATION, source: 'ext_1', url })).toBeNull()
})
