import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { type Arbitrary, constantFrom, integer, nat, oneof, record } from 'fast-check';
import type { BudgetRepository } from '../../src/billing/budgets/budget.repository.js';
import type { LedgerRecord } from '../../src/billing/metering/ledger-record.js';
import type { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import type { PrismaService } from '../../src/database/prisma.service.js';

/** What is compared with the model. */
export interface Ground {
  budgets: BudgetRepository;
  store: LedgerStore;
  prisma: PrismaService;
  event(fields: Partial<RatedUsageEvent>): RatedUsageEvent;
  eventRecord(event: RatedUsageEvent): LedgerRecord;
  intentRecord(event: RatedUsageEvent): LedgerRecord;
}

/** One step. `pick` chooses among what is there at that moment, so every step can always be tried. */
export type Command =
  | { kind: 'reserve' | 'late' | 'credit'; subject: number; amount: number }
  | { kind: 'settle' | 'report'; pick: number; amount: number }
  | { kind: 'release' | 'begin' | 'repeat'; pick: number }
  | { kind: 'limit' | 'increase'; budget: number; amount: number | null }
  | { kind: 'cancel' | 'expire'; pick: number }
  | { kind: 'crash' };

const SUBJECTS = [
  { tenantId: 'ten_1', keyId: 'key_1', tags: { centre: '42' } },
  { tenantId: 'ten_1', keyId: 'key_2', tags: { centre: '43' } },
  { tenantId: 'ten_2', keyId: 'key_3', tags: { centre: '42' } },
] as const;
const MODEL = 'anthropic.claude-sonnet-4-6';
const THRESHOLDS = [50, 80, 100];
const SCOPES = [
  { tenantId: 'ten_1', keyId: '', tags: {}, hard: true },
  { tenantId: 'ten_1', keyId: 'key_1', tags: {}, hard: true },
  { tenantId: '', keyId: '', tags: { centre: '42' }, hard: true },
  { tenantId: '', keyId: '', tags: {}, hard: false },
] as const;

const amount = integer({ min: 0, max: 60 });
const pick = nat(11);
const step = (kind: string, fields: object) => record({ kind: constantFrom(kind), ...fields }) as Arbitrary<Command>;

/** Reserving, settling and releasing come up as often as everything else together. */
export const anyCommand: Arbitrary<Command> = oneof(
  { weight: 6, arbitrary: step('reserve', { subject: nat(2), amount }) },
  { weight: 5, arbitrary: step('settle', { pick, amount }) },
  { weight: 4, arbitrary: step('release', { pick }) },
  { weight: 2, arbitrary: step('begin', { pick }) },
  { weight: 2, arbitrary: step('late', { subject: nat(2), amount }) },
  { weight: 2, arbitrary: step('repeat', { pick }) },
  { weight: 1, arbitrary: step('credit', { subject: nat(2), amount }) },
  { weight: 1, arbitrary: step('report', { pick, amount }) },
  {
    weight: 2,
    arbitrary: step('limit', { budget: nat(3), amount: oneof(constantFrom(null, 0), integer({ min: 1, max: 400 })) }),
  },
  { weight: 1, arbitrary: step('increase', { budget: nat(3), amount: integer({ min: 1, max: 100 }) }) },
  { weight: 1, arbitrary: step('cancel', { pick }) },
  { weight: 1, arbitrary: step('expire', { pick }) },
  { weight: 1, arbitrary: step('crash', {}) },
);

interface ModelBudget {
  id: string;
  scope: (typeof SCOPES)[number];
  limit: number | null;
  increases: Map<string, number>;
  spent: number;
  alerts: Set<string>;
}

interface ModelReservation {
  subject: (typeof SUBJECTS)[number];
  reserved: number;
  /** By budget id. */
  holds: Map<string, number>;
  openIntents: string[];
  recorded: boolean;
}

const applies = ({ scope }: ModelBudget, subject: (typeof SUBJECTS)[number]): boolean =>
  ['', subject.tenantId].includes(scope.tenantId) &&
  ['', subject.keyId].includes(scope.keyId) &&
  (!('centre' in scope.tags) || scope.tags.centre === subject.tags.centre);

/** The database and the model have come apart. */
export class Disagreement extends Error {}

/** The same steps on the database and on a model of a few numbers, which must agree after each of them. */
export class BudgetRun {
  private readonly ground: Ground;
  private readonly budgets: ModelBudget[] = [];
  private readonly reservations = new Map<string, ModelReservation>();
  private readonly events: RatedUsageEvent[] = [];
  private lost: RatedUsageEvent[] = [];

  // No parameter property: a load script reads this file without a compiler.
  constructor(ground: Ground) {
    this.ground = ground;
  }

  async start(): Promise<void> {
    const { prisma } = this.ground;
    await prisma.$executeRaw`
      TRUNCATE usage_events, usage_intents, usage_recent, usage_hourly, usage_daily, usage_monthly, usage_yearly, usage_series, budgets, budget_windows,
        budget_holds, budget_increases, budget_alerts, reservations, webhook_endpoints, webhook_events, webhook_deliveries`;
    await prisma.$executeRaw`
      INSERT INTO webhook_endpoints (id, name, url, event_types, secret) VALUES ('wh', 'all', 'https://hooks.example', '{}', '')`;
    for (const scope of SCOPES) {
      const id = `bud_${randomUUID()}`;
      const limit = 200;
      const budget = { ...scope, id, name: id, model: '', window: 'total' as const, timeZone: 'UTC' };
      await prisma.$transaction((db) =>
        this.ground.budgets.create({ ...budget, limitPicoUsd: BigInt(limit), thresholds: THRESHOLDS }, db),
      );
      this.budgets.push({ id, scope, limit, increases: new Map(), spent: 0, alerts: new Set() });
    }
    this.budgets.sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** Throws when the database and the model do not agree afterwards. */
  async step(command: Command): Promise<void> {
    await this.run(command);
    const rows = await this.ground.prisma.$queryRaw<object[]>`
      SELECT b.id, w.spent::integer, w.reserved::integer,
        ARRAY(SELECT kind FROM budget_alerts a WHERE a.budget_id = b.id ORDER BY kind) AS alerts,
        (SELECT count(*)::integer FROM webhook_events e WHERE e.data->>'budget_id' = b.id) AS raised
      FROM budgets b JOIN budget_windows w ON w.budget_id = b.id ORDER BY b.id`;
    const model = this.budgets.map((budget) => ({
      id: budget.id,
      spent: budget.spent,
      reserved: this.reserved(budget),
      alerts: [...budget.alerts].sort((left, right) => (left < right ? -1 : 1)),
      raised: budget.alerts.size,
    }));
    this.agree(JSON.stringify(rows), JSON.stringify(model), command);
  }

  private agree(found: string | null, expected: string | null, command: Command): void {
    if (found !== expected) {
      throw new Disagreement(
        `After ${JSON.stringify(command)}\n  the database has ${found}\n  the model has    ${expected}`,
      );
    }
  }

  private async run(command: Command): Promise<void> {
    switch (command.kind) {
      case 'reserve':
        return this.reserve(command);
      case 'late':
        return this.record(this.cost(command.subject, command.amount));
      case 'credit':
        return this.record(this.cost(command.subject, -command.amount));
      case 'settle':
        return this.settle(command.pick, command.amount);
      case 'begin':
        return this.begin(command.pick);
      case 'release':
        return this.release(command.pick);
      case 'repeat':
        return this.repeat(command.pick);
      case 'report':
        return this.report(command.pick, command.amount);
      case 'limit':
      case 'increase':
        return this.changeLimit(command);
      case 'cancel':
      case 'expire':
        return this.endIncrease(command);
      case 'crash':
        return this.crash();
    }
  }

  private limitNow({ limit, increases }: ModelBudget): number | null {
    return limit === null ? null : [...increases.values()].reduce((sum, each) => sum + each, limit);
  }

  private reserved({ id }: ModelBudget): number {
    return [...this.reservations.values()].reduce((sum, { holds }) => sum + (holds.get(id) ?? 0), 0);
  }

  private raise(budget: ModelBudget): void {
    const limit = this.limitNow(budget);
    for (const percent of THRESHOLDS) {
      if (limit !== null && budget.spent > 0 && budget.spent * 100 >= limit * percent) {
        budget.alerts.add(String(percent));
      }
    }
  }

  private charge(event: RatedUsageEvent, picoUsd: number): void {
    const subject = SUBJECTS.find(({ keyId }) => keyId === event.keyId);
    if (subject === undefined || picoUsd === 0) return;
    const holds = event.reservationId === null ? undefined : this.reservations.get(event.reservationId)?.holds;
    for (const budget of this.budgets.filter((each) => applies(each, subject))) {
      const hold = holds?.get(budget.id);
      if (hold !== undefined) holds?.set(budget.id, hold - Math.max(0, Math.min(hold, picoUsd)));
      budget.spent = Math.max(0, budget.spent + picoUsd);
      this.raise(budget);
    }
  }

  private cost(subjectIndex: number, picoUsd: number, fields: Partial<RatedUsageEvent> = {}): RatedUsageEvent {
    const subject = SUBJECTS[subjectIndex] ?? SUBJECTS[0];
    const occurredAt = new Date().toISOString();
    return this.ground.event({ ...subject, model: MODEL, occurredAt, costPicoUsd: String(picoUsd), ...fields });
  }

  private async record(event: RatedUsageEvent): Promise<void> {
    await this.ground.store.write([this.ground.eventRecord(event)]);
    this.events.push(event);
    this.charge(event, Number(event.costPicoUsd));
  }

  private at<T>(all: readonly T[], index: number): T | undefined {
    return all.length === 0 ? undefined : all[index % all.length];
  }

  private async reserve({ subject: index, amount: wanted }: { subject: number; amount: number }): Promise<void> {
    const subject = SUBJECTS[index] ?? SUBJECTS[0];
    const id = randomUUIDv7();
    const lostEvent = this.cost(index, wanted, { id, reservationId: id, outcome: 'lost', estimated: true });
    const applying = this.budgets.filter(({ scope }) => scope.hard).filter((budget) => applies(budget, subject));
    const limited = applying.filter(({ limit }) => limit !== null);
    const full = limited.find((budget) => budget.spent + this.reserved(budget) + wanted > (this.limitNow(budget) ?? 0));
    const refusedBy = await this.ground.budgets.admit(
      { id, writerId: randomUUID(), picoUsd: BigInt(wanted), lostEvent },
      { ...subject, model: MODEL },
    );
    this.agree(refusedBy, full?.id ?? null, { kind: 'reserve', subject: index, amount: wanted });
    full?.alerts.add('refused');
    if (refusedBy === null) {
      const holds = new Map(limited.map((budget) => [budget.id, wanted]));
      this.reservations.set(id, { subject, reserved: wanted, holds, openIntents: [], recorded: false });
    }
  }

  private async settle(index: number, picoUsd: number): Promise<void> {
    const open = this.at([...this.reservations], index);
    if (open === undefined) return;
    const [reservationId, reservation] = open;
    const id = reservation.openIntents.shift() ?? randomUUIDv7();
    reservation.recorded = true;
    await this.record(this.cost(SUBJECTS.indexOf(reservation.subject), picoUsd, { id, reservationId }));
  }

  private async begin(index: number): Promise<void> {
    const open = this.at([...this.reservations], index);
    if (open === undefined) return;
    const [reservationId, reservation] = open;
    const intent = this.cost(SUBJECTS.indexOf(reservation.subject), 0, { id: randomUUIDv7(), reservationId });
    await this.ground.store.write([this.ground.intentRecord(intent)]);
    reservation.openIntents.push(intent.id);
  }

  private async release(index: number): Promise<void> {
    const open = this.at(
      [...this.reservations].filter(([, { openIntents }]) => openIntents.length === 0),
      index,
    );
    if (open === undefined) return;
    const [id, { subject }] = open;
    await this.ground.budgets.release({ ...subject, model: MODEL }, id);
    await this.ground.budgets.release({ ...subject, model: MODEL }, id);
    this.reservations.delete(id);
  }

  private async repeat(index: number): Promise<void> {
    const event = this.at(this.events, index);
    if (event !== undefined) await this.ground.store.write([this.ground.eventRecord(event)]);
  }

  /** A writer that was taken for dead sends the real report of an attempt that was swept. */
  private async report(index: number, picoUsd: number): Promise<void> {
    const lost = this.at(this.lost, index);
    if (lost === undefined) return;
    const event: RatedUsageEvent = { ...lost, outcome: 'success', costPicoUsd: String(picoUsd), estimated: false };
    await this.ground.store.write([this.ground.eventRecord(event)]);
    this.lost = this.lost.filter((each) => each !== lost);
    this.charge(lost, picoUsd - Number(lost.costPicoUsd));
  }

  private async changeLimit(command: { kind: string; budget: number; amount: number | null }): Promise<void> {
    const budget = this.at(this.budgets, command.budget);
    if (budget === undefined) return;
    const { prisma, budgets } = this.ground;
    if (command.kind === 'limit') {
      const limitPicoUsd = command.amount === null ? null : BigInt(command.amount);
      await prisma.$transaction((db) => budgets.update(budget.id, { limitPicoUsd }, db));
      budget.limit = command.amount;
      this.raise(budget);
    } else if (command.amount !== null) {
      const increase = { id: randomUUID(), amountPicoUsd: BigInt(command.amount), reason: 'r', createdBy: 'o' };
      await prisma.$transaction((db) =>
        budgets.createIncrease(budget.id, { ...increase, endsAt: new Date('2100-01-01') }, db),
      );
      budget.increases.set(increase.id, command.amount);
    }
  }

  private async endIncrease({ kind, pick: index }: { kind: string; pick: number }): Promise<void> {
    const all = this.budgets.flatMap((budget) => [...budget.increases.keys()].map((id) => ({ budget, id })));
    const chosen = this.at(all, index);
    if (chosen === undefined) return;
    const { budget, id } = chosen;
    const { prisma, budgets } = this.ground;
    budget.increases.delete(id);
    if (kind === 'cancel') {
      await prisma.$transaction((db) => budgets.cancelIncrease(budget.id, id, db));
      this.raise(budget);
    } else {
      await prisma.$executeRaw`UPDATE budget_increases SET ends_at = clock_timestamp() WHERE id = ${id}`;
    }
  }

  /** Every writer dies: nobody has a lease, so all that is open is swept. */
  private async crash(): Promise<void> {
    await this.ground.store.sweep();
    await this.ground.store.sweepReservations();
    for (const [reservationId, reservation] of this.reservations) {
      const index = SUBJECTS.indexOf(reservation.subject);
      const rest = Math.max(0, ...reservation.holds.values());
      const intents = reservation.openIntents.toSorted((left, right) => (left < right ? -1 : 1));
      for (const [order, id] of intents.entries()) {
        this.lose(this.cost(index, order === 0 ? rest : 0, { id, reservationId }));
      }
      if (intents.length === 0 && !reservation.recorded) {
        this.lose(this.cost(index, reservation.reserved, { id: reservationId, reservationId }));
      }
      reservation.holds.clear();
    }
    this.reservations.clear();
    await this.learnTimes();
  }

  private lose(event: RatedUsageEvent): void {
    this.charge(event, Number(event.costPicoUsd));
    this.lost.push({ ...event, outcome: 'lost' });
  }

  /** A report names the moment at which its attempt began, which only the intent of the database has kept. */
  private async learnTimes(): Promise<void> {
    const rows = await this.ground.prisma.$queryRaw<{ id: string; at: Date }[]>`
      SELECT id::text, occurred_at AS at FROM usage_events WHERE outcome = 'lost'`;
    const times = new Map(rows.map(({ id, at }) => [id, at.toISOString()]));
    this.lost = this.lost.map((event) => ({ ...event, occurredAt: times.get(event.id) ?? event.occurredAt }));
  }
}
