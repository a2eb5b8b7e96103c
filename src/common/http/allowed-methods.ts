import type { Application } from 'express';

/** What is read here of Express's router, whose types leave it out. */
interface Layer {
  match(path: string): boolean;
  route?: { methods: Readonly<Record<string, boolean>> };
}

/**
 * Which methods would be served at a path where `method` is not; none when nothing is served there. A route that has
 * the method passed the request on, so it is a middleware and says nothing.
 */
export function allowedMethods(app: Application, method: string, path: string): string[] {
  const { stack } = app.router as unknown as { stack: readonly Layer[] };
  const allowed = stack.flatMap((layer) => {
    const methods = Object.keys(layer.route?.methods ?? {}).map((name) => name.toUpperCase());
    return methods.includes('_ALL') || methods.includes(method) || !layer.match(path) ? [] : methods;
  });
  return [...new Set(allowed.flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])))];
}
