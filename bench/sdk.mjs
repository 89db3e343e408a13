// What the TypeScript client adds to a call and to a stream, against plain fetch: in pairs, in one run, against a server in a
// process of its own. Also its size. `node bench/sdk.mjs`, after scripts/setup-test.sh.
import { execFileSync, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const CALLS = 3000
const EVENTS = 2000
const ANSWER = JSON.stringify({ id: 'm', choices: [{ message: { role: 'assistant', content: 'A tree. [1]' } }], citations: [] })
const EVENT = `data: ${JSON.stringify({ choices: [{ delta: { content: 'word ' } }] })}\n\n`

if (process.argv[2] === 'server') {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (!request.headers.accept?.includes('event-stream')) {
        return response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(`${EVENT.repeat(EVENTS)}data: [DONE]\n\n`)
    })
  })
  server.listen(0, '127.0.0.1', () => process.send(server.address().port))
} else {
  const folder = fileURLToPath(new URL('../clients/typescript/', import.meta.url))
  execFileSync(process.execPath, ['scripts/build.mjs', '--code-only'], { cwd: folder })
  const { Banyan } = await import(`${folder}dist/esm/index.js`)
  const { build } = await import(`${folder}node_modules/esbuild/lib/main.js`)

  const server = fork(fileURLToPath(import.meta.url), ['server'])
  const port = await new Promise((resolve) => server.once('message', resolve))
  const url = `http://127.0.0.1:${port}`
  const banyan = new Banyan({ baseUrl: url })
  const ask = { course: 'c', lesson: 'l', messages: [{ role: 'user', content: 'Why?' }] }
  const sent = (accept) => ({ method: 'POST', headers: { Accept: accept, 'Content-Type': 'application/json' }, body: JSON.stringify(ask) })
  const plain = async () => (await fetch(`${url}/api/v1/chat/completions`, sent('application/json'))).json()
  const through = () => banyan.chat(ask)
  const plainStream = async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const piece of (await fetch(`${url}/api/v1/chat/completions`, sent('text/event-stream'))).body) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n')
      rest = lines.pop()
      for (const line of lines) if (line.startsWith('data: {')) JSON.parse(line.slice(6))
    }
  }
  const throughStream = async () => {
    for await (const _ of banyan.chatStream(ask));
  }

  const timed = async (work) => {
    const began = performance.now()
    await work()
    return performance.now() - began
  }
  const at = (values, share) => values.toSorted((one, other) => one - other)[Math.floor(values.length * share)]
  const paired = async (name, one, other, times, per, unit) => {
    const [first, second] = [[], []]
    for (let n = 0; n < times + times / 10; n++) {
      // The first tenth warms up; who begins alternates.
      const order = n % 2 ? [[one, first], [other, second]] : [[other, second], [one, first]]
      for (const [work, into] of order) {
        const took = (await timed(work)) / per
        if (n >= times / 10) into.push(took)
      }
    }
    const added = (share) => at(second, share) - at(first, share)
    const shown = (value) => `${(value * (unit === 'us' ? 1000 : 1)).toFixed(unit === 'us' ? 2 : 3)} ${unit}`
    console.log(`${name}: plain ${shown(at(first, 0.5))} p50, ${shown(at(first, 0.95))} p95; added ${shown(added(0.5))} p50, ${shown(added(0.95))} p95`)
  }
  await paired('a call', plain, through, CALLS, 1, 'ms')
  await paired('an event of a stream', plainStream, throughStream, 40, EVENTS, 'us')
  server.kill()

  const bundled = await build({
    entryPoints: [`${folder}dist/esm/index.js`], bundle: true, minify: true, format: 'esm', platform: 'browser', write: false,
  })
  console.log(`size: ${gzipSync(bundled.outputFiles[0].text).length} bytes gzipped, eventsource-parser included`)
}
