import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What Node keeps of the answer that a connection is busy with; its types leave it out. */
export type Connection = Socket & { _httpMessage?: ServerResponse | null };
