import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany, generateText, streamText } from 'ai';
import { base, chat, check, embed, failure, run } from './steps.mjs';

const provider = createOpenAICompatible({ name: 'homelab', baseURL: `${base}v1`, includeUsage: true });

await run({
  async chat() {
    const answer = await generateText({ model: provider(chat), prompt: 'Say hello.', maxOutputTokens: 16, maxRetries: 0 });
    check(answer.text.length > 0, 'text');
  },
  async stream() {
    let text = '';
    const result = streamText({ model: provider(chat), prompt: 'Say hello.', maxOutputTokens: 16, maxRetries: 0 });
    for await (const part of result.textStream) text += part;
    check(text.length > 0, 'text');
    check((await result.usage).outputTokens > 0, 'usage');
  },
  async embeddings() {
    const { embeddings } = await embedMany({ model: provider.textEmbeddingModel(embed), values: ['a cat', 'a dog'], maxRetries: 0 });
    check(embeddings.length === 2, 'two vectors');
  },
  async error() {
    const error = await failure(() => generateText({ model: provider('no-such-model:1b'), prompt: 'hi', maxRetries: 0 }));
    check(error.statusCode === 404, `404, not ${error.statusCode}`);
  },
});
