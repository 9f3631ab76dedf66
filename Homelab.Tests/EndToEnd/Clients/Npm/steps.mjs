// Runs named steps in order and says which one failed. Arguments: base URL, chat model, embedding model.
export const [base, chat, embed] = process.argv.slice(2);

export function check(isTrue, what) {
  if (!isTrue) throw new Error(`expected ${what}`);
}

// The error that `work` ends with.
export async function failure(work) {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('expected an error, got an answer');
}

export async function run(steps) {
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step();
      console.log(`ok ${name}`);
    } catch (error) {
      console.error(`FAILED ${name}: ${error.stack ?? error}`);
      process.exit(1);
    }
  }
}
