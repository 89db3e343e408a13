/** Builds the package and starts the real service, once for all tests. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly assistant: string
    readonly proxy: string
  }
}

const HERE = fileURLToPath(new URL('../../', import.meta.url))
const BANYAN = join(HERE, '../../.venv/bin/banyan')
const START_MS = 60_000

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-client-'))
  const data = join(folder, 'data')
  mkdirSync(data)
  const kept = Object.fromEntries(['PATH', 'HOME', 'LANG'].map((name) => [name, process.env[name] ?? '']))
  const service = spawn(BANYAN, ['serve', '--sample', '--assistant-port', '0', '--proxy-port', '0'], {
    cwd: folder,
    env: { ...kept, BANYAN_DATA: data, TERM: 'dumb' },
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => service.once('exit', () => resolve()))
  // While the service starts.
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: HERE, stdio: 'inherit' })
  const file = join(data, 'serve.json')
  for (const deadline = Date.now() + START_MS; !existsSync(file); await sleep(20)) {
    if (service.exitCode !== null || Date.now() > deadline) throw new Error('banyan serve did not start')
  }
  const addresses = JSON.parse(readFileSync(file, 'utf8')) as { assistant: string; proxy: string }
  project.provide('assistant', addresses.assistant)
  project.provide('proxy', addresses.proxy)
  return async () => {
    service.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
