import { z } from 'zod';

const jsonSchema = z.record(z.string(), z.unknown());
const pageSchema = z.object({ data: z.array(jsonSchema), has_more: z.boolean(), last_id: z.string().nullable() });
const errorSchema = z.object({ error: z.object({ message: z.string() }) });

export type Json = z.infer<typeof jsonSchema>;

/** The gateway's admin API. Every failure is an `Error` whose message is for the operator. */
export class AdminApi {
  constructor(
    private readonly url: string,
    private readonly adminKey: string,
  ) {}

  async call(method: string, path: string, body?: Json): Promise<Json> {
    return jsonSchema.parse(await this.send(method, path, body));
  }

  /** All items of a list, page by page. */
  async list(path: string): Promise<Json> {
    const data: Json[] = [];
    let after: string | null = null;
    do {
      const query = new URLSearchParams({ limit: '100', ...(after !== null && { after }) });
      const page = pageSchema.parse(await this.send('GET', `${path}?${query.toString()}`));
      data.push(...page.data);
      after = page.has_more ? page.last_id : null;
    } while (after !== null);
    return { data };
  }

  private async send(method: string, path: string, body?: Json): Promise<unknown> {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.adminKey}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`The gateway cannot be reached at ${this.url}.`, { cause: error });
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const problem = errorSchema.safeParse(answer);
    throw new Error(problem.success ? problem.data.error.message : `The gateway answered ${response.status}.`);
  }
}
