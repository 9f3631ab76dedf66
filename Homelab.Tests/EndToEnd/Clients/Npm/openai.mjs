import OpenAI from 'openai';
import { base, chat, check, embed, failure, run } from './steps.mjs';

const client = new OpenAI({ baseURL: `${base}v1`, apiKey: 'none', maxRetries: 0 });
const messages = [{ role: 'user', content: 'Say hello.' }];

await run({
  async list() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    check(ids.includes(chat), `${chat} among ${ids}`);
    check((await client.models.retrieve(chat)).id === chat, 'the model by its id');
  },
  async chat() {
    const answer = await client.chat.completions.create({ model: chat, messages, max_completion_tokens: 16 });
    check(answer.choices[0].message.content.length > 0, 'text');
    check(answer.usage.completion_tokens <= 16, `at most 16 tokens, not ${answer.usage.completion_tokens}`);
  },
  async stream() {
    let text = '';
    const finishes = [];
    const ids = new Set();
    let usages = 0;
    for await (const chunk of await client.chat.completions.create({ model: chat, messages, max_tokens: 16, stream: true })) {
      text += chunk.choices[0]?.delta?.content ?? '';
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
      if (chunk.usage) usages += 1;
      ids.add(chunk.id);
    }
    check(text.length > 0, 'text');
    check(finishes.length === 1, `one finish_reason, not ${finishes}`);
    check(ids.size === 1, 'one id for all chunks');
    check(usages === 0, 'no usage that was not asked for');
  },
  async 'stream with usage'() {
    let usage;
    for await (const chunk of await client.chat.completions.create({ model: chat, messages, max_tokens: 16, stream: true, stream_options: { include_usage: true } })) {
      usage = chunk.usage ?? usage;
    }
    check(usage?.completion_tokens > 0, 'the usage that was asked for');
  },
  async responses() {
    const answer = await client.responses.create({ model: chat, input: 'Say hello.', max_output_tokens: 16 });
    check(answer.output_text.length > 0, 'text');
  },
  async embeddings() {
    const answer = await client.embeddings.create({ model: embed, input: ['a cat', 'a dog'] });
    check(answer.data.length === 2 && answer.data[0].embedding.length > 1, 'two vectors');
    check(Number.isFinite(answer.data[0].embedding[0]), 'numbers');
  },
  async error() {
    const error = await failure(() => client.chat.completions.create({ model: 'no-such-model:1b', messages }));
    check(error.status === 404, `404, not ${error.status}`);
    check(error.code === 'model_not_found', `model_not_found, not ${error.code}`);
    check(error.message.includes('no-such-model'), `the model's name in: ${error.message}`);
  },
});
