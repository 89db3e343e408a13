// Writes src/generated/*.ts from the OpenAPI documents in wire/; does nothing where they have not changed since.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const here = new URL('..', import.meta.url)
mkdirSync(new URL('src/generated/', here), { recursive: true })
for (const service of ['assistant', 'proxy']) {
  const from = new URL(`../../wire/openapi.${service}.json`, here)
  const into = new URL(`src/generated/${service}.ts`, here)
  const text = readFileSync(from, 'utf8')
  const mark = `// Made from wire/openapi.${service}.json ${createHash('sha256').update(text).digest('hex')}\n`
  if (existsSync(into) && readFileSync(into, 'utf8').startsWith(mark)) continue
  const { default: openapi, astToString } = await import('openapi-typescript')
  writeFileSync(into, mark + astToString(await openapi(JSON.parse(text), { emptyObjectsUnknown: true, defaultNonNullable: false })))
}
