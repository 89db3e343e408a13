/**
 * Draws TeX as MathML, which browsers lay out by themselves: no fonts, no styles, nothing that the page's content policy
 * would have to allow. The library is fetched with the first formula.
 *
 * @returns whether it could be drawn; if not, the reader is shown the source.
 */
export async function drawFormula(source: string, target: HTMLElement): Promise<boolean> {
  try {
    const { default: katex } = await import('katex')
    katex.render(source, target, { displayMode: true, output: 'mathml', strict: 'ignore', maxExpand: 200 })
    return true
  } catch (error) {
    console.warn('A formula is shown as it was written.', error)
    return false
  }
}

/** The TeX of a text that is a formula between its fences and nothing else. */
export function formulaIn(text: string): string | null {
  return /^\s*\$\$([^$]+)\$\$\s*$/.exec(text)?.[1]?.trim() ?? null
}
