import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import { Client, Pool, type QueryResult } from 'pg';

/** Type ids of PostgreSQL's one-byte `"char"` and of its array. */
const CHAR = 18;
const CHAR_ARRAY = 1002;

/**
 * The `pg` adapter as the schema engine needs it. The plain one, made for queries, splits scripts at every
 * semicolon (also inside function bodies), does not know the type `"char"` of the system catalogue, and drops a
 * shadow database while it is still connected to it.
 */
export class SchemaAdapterFactory extends PrismaPg {
  private readonly open: Adapter[] = [];

  constructor(private readonly databaseUrl: string) {
    super({ connectionString: databaseUrl });
  }

  override async connect() {
    const adapter = toScriptRunner(await super.connect());
    this.open.push(adapter);
    return adapter;
  }

  /** Ends the connections of the main database, which the engine leaves open. */
  async close(): Promise<void> {
    await Promise.all(this.open.splice(0).map((adapter) => adapter.dispose()));
  }

  override async connectToShadowDb() {
    const admin = new Client({ connectionString: this.databaseUrl });
    await admin.connect();
    const database = `shadow_${randomUUID()}`;
    await admin.query(`CREATE DATABASE "${database}"`);
    const url = new URL(this.databaseUrl);
    url.pathname = database;
    const pool = new Pool({ connectionString: url.href });
    const runQuery = pool.query.bind(pool) as (...args: unknown[]) => Promise<QueryResult>;
    // `"char"` is reported as its array type, the one single-byte type that the plain adapter lets pass.
    pool.query = (async (...args: unknown[]) => {
      const result = await runQuery(...args);
      for (const field of result.fields ?? []) if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY;
      return result;
    }) as typeof pool.query;
    const adapter = toScriptRunner(await new PrismaPg(pool).connect());

    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    };
    adapter.dispose = async () => {
      await pool.end();
      await admin.query(`DROP DATABASE "${database}"`);
      await admin.end();
    };
    return adapter;
  }
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;

/** Without arguments a query goes through the simple protocol, which takes a whole script in one transaction. */
function toScriptRunner(adapter: Adapter): Adapter {
  adapter.executeScript = async (sql) => {
    await adapter.executeRaw({ sql, args: [], argTypes: [] });
  };
  return adapter;
}
