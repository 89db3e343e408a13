/** What is published: both kinds of module, its size, and that importing it does nothing. */

import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'

import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const MOST_BYTES = 12 * 1024

async function bundled(platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${HERE}dist/esm/index.js`],
    bundle: true,
    minify: true,
    format: 'esm',
    platform,
    target: 'es2022',
    write: false,
  })
  return String(outputFiles[0]?.text)
}

function node(...code: string[]): string {
  return execFileSync(process.execPath, code, { cwd: HERE, encoding: 'utf8' }).trim()
}

describe('the package', () => {
  it('is at most 12 KB with its dependency, gzipped, and needs nothing of Node', async () => {
    const size = gzipSync(await bundled('browser')).length
    console.log(`@banyan/client: ${size} bytes gzipped, dependency included`)
    expect(size).toBeLessThanOrEqual(MOST_BYTES)
  })

  it('can be imported and required, and is one client either way', () => {
    const asModule = "import { Banyan } from '@banyan/client'; console.log(Banyan.name)"
    expect(node('--input-type=module', '-e', asModule)).toBe('Banyan')
    const required = `
      const { BanyanError } = require('@banyan/client')
      const { PythonAIClient, pythonAIClient } = require('@banyan/client/learnx')
      new PythonAIClient({ baseUrl: 'http://127.0.0.1:1', maxRetries: 1 }).getModels().catch((error) =>
        console.log(error instanceof BanyanError, pythonAIClient instanceof PythonAIClient))`
    expect(node('-e', required)).toBe('true true')
  })

  it('brings its types to older settings of TypeScript too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'banyan-types-'))
    mkdirSync(join(folder, 'node_modules/@banyan'), { recursive: true })
    symlinkSync(HERE, join(folder, 'node_modules/@banyan/client'))
    writeFileSync(
      join(folder, 'consumer.ts'),
      `import { Banyan } from '@banyan/client'
       import { banyanRouter } from '@banyan/client/express'
       import { pythonAIClient, type StreamingChunk } from '@banyan/client/learnx'
       export const chunks: AsyncGenerator<StreamingChunk> = pythonAIClient.complete({ messages: [] })
       export const answer = new Banyan({ baseUrl: '' }).content('quiz', { course: 'c', count: 2 }).then((quiz) => quiz.markdown.length)
       // @ts-expect-error there is no such path
       void new Banyan({ baseUrl: '' }).request('GET', '/api/v1/nowhere')
       export { banyanRouter }`,
    )
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022', '--types', 'node', '--typeRoots', `${HERE}node_modules/@types`]
    const tsc = (...more: string[]) =>
      promisify(execFile)(`${HERE}node_modules/.bin/tsc`, ['consumer.ts', ...options, ...more], { cwd: folder }).catch((error: { stdout: string }) => error)
    const { stdout } = await tsc('--module', 'commonjs', '--moduleResolution', 'node10', '--esModuleInterop')
    rmSync(folder, { recursive: true })
    expect(stdout).toBe('')
  }, 60_000)

  it('does nothing when it is imported: no timer, no request, no look at the environment', () => {
    const watch = `
      let looked = 0
      // Node's own loader looks too.
      // So does the debugging of Express.
      const own = /^(NODE_|WATCH_REPORT|DEBUG|NO_DEPRECATION|TRACE_DEPRECATION)/
      process.env = new Proxy(process.env, { get: (all, name) => (own.test(String(name)) || looked++, all[name]) })
      globalThis.fetch = () => { throw new Error('asked') }
      const before = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name)).length
      require('@banyan/client')
      require('@banyan/client/learnx')
      require('@banyan/client/express')
      console.log(looked, process.getActiveResourcesInfo().filter((name) => /Timeout|TCP/.test(name)).length - before)`
    expect(node('-e', watch)).toBe('0 0')
  })
})
