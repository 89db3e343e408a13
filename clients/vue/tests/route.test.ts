import { expect, it } from 'vitest'

import { formatRoute, parseRoute } from '../src/route'

it('an address is read as it was written, whatever the ids hold', () => {
  const route = { course: 'a/b c', lesson: 'ü?#%', anchor: '1.2' }
  expect(formatRoute(route)).toBe('#/a%2Fb%20c/%C3%BC%3F%23%25/1.2')
  expect(parseRoute(formatRoute(route))).toEqual(route)
})

it('parts that are missing at the end are left out', () => {
  expect(formatRoute({ course: 'c', lesson: '', anchor: '' })).toBe('#/c')
  expect(formatRoute({})).toBe('#/')
  expect(parseRoute('#/c/l')).toEqual({ course: 'c', lesson: 'l', anchor: '' })
  expect(parseRoute('')).toEqual({ course: '', lesson: '', anchor: '' })
})

it('a stray percent sign is taken as it stands', () => {
  expect(parseRoute('#/100%/l').course).toBe('100%')
})
