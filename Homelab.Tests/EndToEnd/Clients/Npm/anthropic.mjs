import Anthropic from '@anthropic-ai/sdk';
import { base, chat, check, failure, run } from './steps.mjs';

const client = new Anthropic({ baseURL: base.replace(/\/$/, ''), apiKey: 'none', maxRetries: 0 });
const messages = [{ role: 'user', content: 'Say hello.' }];

await run({
  async message() {
    const answer = await client.messages.create({ model: chat, max_tokens: 16, messages });
    check(answer.content[0].text.length > 0, 'text');
    check(answer.usage.output_tokens > 0, 'usage');
  },
  async stream() {
    const stream = client.messages.stream({ model: chat, max_tokens: 16, messages });
    const answer = await stream.finalMessage();
    check(answer.content[0].text.length > 0, 'text');
    check(answer.stop_reason !== null, 'a stop reason');
  },
  async error() {
    const error = await failure(() => client.messages.create({ model: 'no-such-model:1b', max_tokens: 16, messages }));
    check(error.status === 404, `404, not ${error.status}`);
    check(error.error?.error?.type === 'not_found_error', `not_found_error, not ${JSON.stringify(error.error)}`);
  },
});
