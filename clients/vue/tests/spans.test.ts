import { describe, expect, it } from 'vitest'

import { CodePointText, runsOf, splitSpan } from '../src/spans'

const MIXED = 'Banyan \u{1f333} grows. Crème \u{1d54f} too.'

describe('a text cut by code points', () => {
  it('counts a character outside the basic plane as one', () => {
    const text = new CodePointText(MIXED)
    expect(text.length).toBe([...MIXED].length)
    expect(text.slice(7, 8)).toBe('\u{1f333}')
    expect(text.slice(16, 27)).toBe('Crème \u{1d54f} too')
  })

  it('cuts plain text as strings are cut', () => {
    const text = new CodePointText('A tree grows.')
    expect(text.slice(2, 6)).toBe('tree')
    expect(text.length).toBe(13)
  })

  it('moves bounds outside the text to its ends', () => {
    const text = new CodePointText('\u{1f333} tree')
    expect(text.slice(-5, 1)).toBe('\u{1f333}')
    expect(text.slice(2, 99)).toBe('tree')
    expect(text.slice(50, 99)).toBe('')
  })

  it('counts a lone surrogate as one', () => {
    expect(new CodePointText('a\ud800b').slice(2, 3)).toBe('b')
  })

  it('converts offsets in both directions', () => {
    const text = new CodePointText(MIXED)
    for (let point = 0; point <= text.length; point++) expect(text.fromUnits(text.toUnits(point))).toBe(point)
  })

  it('finds the occurrence of a quotation that is nearest to where it once stood', () => {
    const text = new CodePointText('\u{1f333} one two \u{1f333} one two')
    expect(text.find('one', 0)).toEqual({ start: 2, end: 5 })
    expect(text.find('one', 11)).toEqual({ start: 12, end: 15 })
    expect(text.find('three')).toBeNull()
    expect(text.find('')).toBeNull()
  })
})

describe('runs of a span', () => {
  const text = new CodePointText('\u{1f333} one two three')
  const whole = { start: 0, end: text.length }

  it('are before, inside and after the mark', () => {
    expect(runsOf(text, whole, { start: 2, end: 5 })).toEqual([
      { text: '\u{1f333} ', marked: false },
      { text: 'one', marked: true },
      { text: ' two three', marked: false },
    ])
  })

  it('hold only the part of a mark that lies within', () => {
    expect(runsOf(text, { start: 2, end: 5 }, { start: 0, end: 3 })).toEqual([
      { text: 'o', marked: true },
      { text: 'ne', marked: false },
    ])
    expect(runsOf(text, { start: 2, end: 5 }, { start: 5, end: 9 })).toEqual([{ text: 'one', marked: false }])
    expect(runsOf(text, { start: 2, end: 5 }, { start: 0, end: 2 })).toEqual([{ text: 'one', marked: false }])
  })

  it('are one without a mark, and none for an empty span', () => {
    expect(runsOf(text, { start: 2, end: 9 }, null)).toEqual([{ text: 'one two', marked: false }])
    expect(runsOf(text, { start: 2, end: 2 }, null)).toEqual([])
  })
})

it('parts between separators keep their place, empty ones too', () => {
  const text = new CodePointText('x\u{1f333} | b |  | d')
  const parts = splitSpan(text, { start: 1, end: text.length }, ' | ')
  expect(parts.map((part) => text.slice(part.start, part.end))).toEqual(['\u{1f333}', 'b', '', 'd'])
})
