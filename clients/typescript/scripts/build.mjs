// Builds dist/esm and dist/cjs, file by file, so that a class is one class whichever entry it is imported from.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { build } from 'esbuild'

import './generate.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const dist = `${here}dist`
rmSync(dist, { recursive: true, force: true })
const entryPoints = readdirSync(`${here}src`, { recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.startsWith('generated'))
  .map((name) => `${here}src/${name}`)
const formats = { esm: 'module', cjs: 'commonjs' }
for (const [name, type] of Object.entries(formats)) {
  const format = name
  await build({ entryPoints, format, outdir: `${dist}/${name}`, outbase: `${here}src`, platform: 'neutral', target: 'es2022' })
  writeFileSync(`${dist}/${name}/package.json`, `{ "type": "${type}" }\n`)
}
// The types are the same for both; `--code-only` leaves them out, for tests that only run the code.
if (!process.argv.includes('--code-only')) {
  const into = ['--declaration', '--emitDeclarationOnly', '--rootDir', `${here}src`, '--outDir', `${dist}/types`]
  execFileSync(`${here}node_modules/.bin/tsc`, ['-p', `${here}tsconfig.build.json`, ...into], { stdio: 'inherit' })
  for (const name of Object.keys(formats)) cpSync(`${dist}/types`, `${dist}/${name}`, { recursive: true })
  rmSync(`${dist}/types`, { recursive: true })
}
mkdirSync(dist, { recursive: true })
