// Chat requests as an application makes them, and what became of each.
import { setTimeout as wait } from 'node:timers/promises';

export const MODEL = 'amazon.nova-lite-v1:0';

/**
 * Asks once. `whole` says whether the answer is complete: for a stream, that it has its end; `failed`, whether it is
 * told that it is not: by its status, or by an error inside the stream. One that `leaves` does not read its answer.
 */
export async function ask({ pool, key }, { stream = false, leaves = false, ...extra } = {}) {
  const messages = [{ role: 'user', content: 'Hello there!' }];
  const body = JSON.stringify({ model: MODEL, messages, max_tokens: 50, stream, ...extra });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  try {
    const answer = await pool.request({ method: 'POST', path: '/v1/chat/completions', headers, body });
    if (leaves) answer.body.destroy();
    const text = await answer.body.text();
    const hasEnd = stream ? text.endsWith('data: [DONE]\n\n') : text.includes('"finish_reason"');
    return {
      status: answer.statusCode,
      attempts: Number(answer.headers['x-gateway-attempts'] ?? 0),
      whole: answer.statusCode === 200 && hasEnd,
      failed: answer.statusCode !== 200 || text.includes('"error"'),
      text,
    };
  } catch (error) {
    return { status: error.code ?? error.message, attempts: 0, whole: false, failed: false, text: '' };
  }
}

/** So many clients that ask one request after the other until `isOver`; `each` is told of every answer. */
export async function keepAsking(gateway, { clients, isOver, pauseMs = 0 }, each) {
  const askOn = async (_, number) => {
    for (let turn = number; !isOver(); turn += 1) {
      const startedAt = performance.now();
      each(await ask(gateway, { stream: turn % 2 === 0 }), startedAt);
      await wait(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, askOn));
}

/** One metric without labels, as the gateway tells it. */
export async function metricOf({ url, adminKey }, name) {
  const answer = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } });
  const line = (await answer.text()).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? Number.NaN);
}

/** Calls the admin API. */
export async function administer({ url, adminKey }, method, path, body) {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
