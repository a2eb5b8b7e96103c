/**
 * Values of a text of JSON. OpenAI takes 300,000 tokens to embed in one request, and clients put as many into one
 * (langchain-ai/langchain pull request 33668).
 */
const VALUES_MAX = 310_000;
/** Lists and objects of one: several times what the longest conversations and the largest schemas have. */
const CONTAINERS_MAX = 50_000;

const [QUOTE, BACKSLASH, COMMA, LIST, OBJECT] = Buffer.from('"\\,[{');

/**
 * What there is too much of in a text of JSON, for a message; undefined when it is well. What is small as text can be large as
 * values: 30 MB of empty lists take minutes to check and gigabytes of memory.
 */
export function excessOf(json: Buffer): string | undefined {
  let [values, containers] = [0, 0];
  for (let at = 0; at < json.length && values <= VALUES_MAX && containers <= CONTAINERS_MAX; at += 1) {
    const sign = json[at];
    if (sign === QUOTE) at = endOfString(json, at);
    else if (sign === COMMA) values += 1;
    else if (sign === LIST || sign === OBJECT) containers += 1;
  }
  if (values > VALUES_MAX) return `more than ${VALUES_MAX} values`;
  return containers > CONTAINERS_MAX ? `more than ${CONTAINERS_MAX} lists and objects` : undefined;
}

/** So many bytes are looked at one by one: a search of the library costs as much as that to begin. */
const SHORT_STRING_BYTES = 256;

/** Position of the quote that ends the string which begins at `start`; behind all where none does. */
function endOfString(json: Buffer, start: number): number {
  const near = Math.min(json.length, start + SHORT_STRING_BYTES);
  let at = start + 1;
  while (at < near && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at < near ? at : endOfLongString(json, at);
}

/** The same from any place in the string that no backslash stands before. */
function endOfLongString(json: Buffer, from: number): number {
  for (let end = json.indexOf('"', from); end >= 0; end = json.indexOf('"', end + 1)) {
    let first = end;
    while (first > from && json[first - 1] === BACKSLASH) first -= 1;
    if ((end - first) % 2 === 0) return end;
  }
  return json.length;
}
