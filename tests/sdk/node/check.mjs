// Runs OpenAI's own client against the proxy at argv[2] and prints what came back as one JSON object.
import { setTimeout } from "node:timers/promises";
import OpenAI, { toFile } from "openai";

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "none", maxRetries: 0 });
const model = "openai/gpt-a";
const messages = [{ role: "user", content: "hello" }];
const schema = { name: "n", schema: { type: "object" }, strict: true };
const found = {};

const chat = await client.chat.completions.create({ model: "banyan/echo", messages });
found.chat = chat.choices[0].message.content;

const pieces = [];
for await (const chunk of await client.chat.completions.create({ model, messages, stream: true })) {
  pieces.push(chunk.choices[0]?.delta.content ?? "");
}
found.chatStream = pieces.join("");

const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
const called = await client.chat.completions.create({ model, messages, tools });
found.tool = called.choices[0].message.tool_calls[0].function;

const json = await client.chat.completions.create({
  model,
  messages,
  response_format: { type: "json_schema", json_schema: schema },
});
found.json = JSON.parse(json.choices[0].message.content);

const embeddings = await client.embeddings.create({ model: "openai/embed", input: ["a", "b"] });
found.embeddings = embeddings.data.map((row) => row.embedding.length);

const names = [];
for await (const one of client.models.list()) names.push(one.id);
found.models = names.includes("banyan/echo") && names.includes(model);
found.oneModel = (await client.models.retrieve("banyan/echo")).id;

const first = await client.responses.create({ model: "banyan/echo", input: "one" });
found.response = [first.status, first.output_text];

const events = [];
let streamed;
for await (const event of await client.responses.create({ model, input: "two", previous_response_id: first.id, stream: true })) {
  events.push(event.type);
  if (event.type === "response.completed") streamed = event.response;
}
found.events = [...new Set(events)];
found.continued = streamed.output[0].content[0].text;

const stream = client.responses.stream({
  model,
  input: "talk",
  tools: [{ type: "function", name: "weather", parameters: { type: "object" }, strict: false }],
});
const final = await stream.finalResponse();
found.responseTool = final.output.map((item) => item.arguments ?? item.content[0].text);

const shaped = await client.responses.create({ model, input: "x", text: { format: { type: "json_schema", ...schema } } });
found.responseJson = JSON.parse(shaped.output_text);

found.retrieved = (await client.responses.retrieve(first.id)).output_text;
found.inputItems = (await client.responses.inputItems.list(first.id)).data.map((item) => item.content[0].text);
await client.responses.delete(first.id);
found.deleted = await client.responses.retrieve(first.id).catch((error) => [error.status, error.code]);

const broken = [];
for await (const event of await client.responses.create({ model, input: "cut", stream: true })) broken.push(event.type);
found.broken = broken.slice(-2);

const moderation = await client.moderations.create({ model: "banyan/rules", input: ["hello", "I want to kill myself"] });
found.moderation = moderation.results.map((result) => result.flagged);

const line = (custom_id) => JSON.stringify({ custom_id, method: "POST", url: "/v1/chat/completions", body: { model, messages } });
const lines = (count) => Array.from({ length: count }, (_, number) => line(`q-${number}`)).join("\n");
const input = await client.files.create({ file: await toFile(Buffer.from(lines(2)), "lines.jsonl"), purpose: "batch" });
found.file = [input.object, input.purpose, input.filename, input.bytes];
found.fileContent = (await (await client.files.content(input.id)).text()) === lines(2);

async function begun(input_file_id) {
  return client.batches.create({ input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h", metadata: { term: "spring" } });
}
async function ended(id) {
  for (;;) {
    const batch = await client.batches.retrieve(id);
    if (["completed", "failed", "cancelled"].includes(batch.status)) return batch;
    await setTimeout(50);
  }
}
const batch = await begun(input.id);
found.batch = [batch.object, batch.status, batch.metadata.term];
const done = await ended(batch.id);
found.batchDone = [done.status, done.request_counts.total, done.request_counts.completed, done.errors];
const output = (await (await client.files.content(done.output_file_id)).text()).trim().split("\n").map(JSON.parse);
found.output = output.map((one) => [one.custom_id, one.response.status_code, one.response.body.choices[0].message.content]);
found.late = await client.batches.cancel(batch.id).catch((error) => [error.status, error.code]);

const large = await client.files.create({ file: await toFile(Buffer.from(lines(400)), "large.jsonl"), purpose: "batch" });
const stopped = await begun(large.id);
found.cancelling = (await client.batches.cancel(stopped.id)).status;
found.cancelled = (await ended(stopped.id)).status;

const listed = [];
for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id);
found.listed = listed[0] === stopped.id && listed[1] === batch.id;
found.deletedFile = (await client.files.delete(input.id)).deleted;
await client.files.delete(large.id);
found.goneFile = await client.files.retrieve(input.id).catch((error) => error.status);

process.stdout.write(JSON.stringify(found));
