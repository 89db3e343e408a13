import { describe, expect, it } from 'vitest'

import { formulaIn } from '../src/formula'

describe('formulaIn', () => {
  it('finds what stands between the fences of a formula', () => {
    expect(formulaIn(' $$\\frac{a}{b}$$ ')).toBe('\\frac{a}{b}')
  })

  it('leaves prose with dollars alone', () => {
    expect(formulaIn('It costs $$ and then $$ more.')).toBeNull()
    expect(formulaIn('$5 or $$')).toBeNull()
  })
})
