import { Ollama } from 'ollama';
import { base, chat, check, embed, failure, run } from './steps.mjs';

const client = new Ollama({ host: base });
const messages = [{ role: 'user', content: 'Say hello.' }];
const options = { num_predict: 16 };

await run({
  async list() {
    const { models } = await client.list();
    check(models.some((m) => m.name === chat), `${chat} among the models`);
    check((await client.show({ model: chat })).details !== undefined, 'details');
    check(Array.isArray((await client.ps()).models), 'a list of processes');
    check((await client.version()).version.length > 0, 'a version');
  },
  async chat() {
    const answer = await client.chat({ model: chat, messages, options });
    check(answer.done && answer.message.content.length > 0, 'text');
  },
  async stream() {
    let text = '';
    let done = 0;
    for await (const part of await client.chat({ model: chat, messages, options, stream: true })) {
      text += part.message.content;
      done += part.done ? 1 : 0;
    }
    check(text.length > 0, 'text');
    check(done === 1, 'one end');
  },
  async generate() {
    const answer = await client.generate({ model: chat, prompt: 'Say hello.', options });
    check(answer.response.length > 0, 'text');
  },
  async embeddings() {
    const answer = await client.embed({ model: embed, input: ['a cat', 'a dog'] });
    check(answer.embeddings.length === 2, 'two vectors');
  },
  async error() {
    const error = await failure(() => client.chat({ model: 'no-such-model:1b', messages }));
    check(error.status_code === 404, `404, not ${error.status_code}`);
    check(error.message.includes('no-such-model'), `the model's name in: ${error.message}`);
  },
});
