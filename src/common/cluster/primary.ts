import cluster, { type Worker } from 'node:cluster';

interface Question {
  kind: 'question';
  topic: string;
  id: number;
  body: unknown;
}

interface Answer {
  kind: 'answer';
  id: number;
  /** Undefined: the primary process could not tell. */
  body: unknown;
}

/** In the primary process: answers what workers ask about `topic`. A failure is answered with undefined. */
export function answerWorkers(topic: string, answer: (body: unknown, worker: Worker) => Promise<unknown>): void {
  cluster.on('message', (worker: Worker, question: Question) => {
    if (question.kind !== 'question' || question.topic !== topic) return;
    const reply = (body: unknown): void => {
      if (worker.isConnected()) worker.send({ kind: 'answer', id: question.id, body } satisfies Answer);
    };
    answer(question.body, worker).then(reply, () => reply(undefined));
  });
}

/** In a worker: the process that started it. */
export class Primary {
  private readonly waiting = new Map<number, (body: unknown) => void>();
  private asked = 0;

  constructor() {
    process.on('message', (answer: Answer) => {
      if (answer.kind === 'answer') this.take(answer.id, answer.body);
    });
    process.once('disconnect', () => {
      for (const id of this.waiting.keys()) this.take(id, undefined);
    });
  }

  /** Resolves with undefined when the primary process is gone or cannot tell. */
  ask(topic: string, body: unknown): Promise<unknown> {
    if (!process.connected) return Promise.resolve(undefined);
    const id = ++this.asked;
    const answered = new Promise<unknown>((resolve) => this.waiting.set(id, resolve));
    process.send?.({ kind: 'question', topic, id, body } satisfies Question, undefined, undefined, (error) => {
      if (error) this.take(id, undefined);
    });
    return answered;
  }

  private take(id: number, body: unknown): void {
    this.waiting.get(id)?.(body);
    this.waiting.delete(id);
  }
}
