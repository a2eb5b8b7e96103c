import type { Request } from 'express';

/** The pattern of Nest's own catch-all, and of any that would match every path. */
const CATCH_ALL = /^\{?\/\*/;

/** The pattern of the route; undefined for a path that leads nowhere, of which anyone could make up as many as they like. */
export function routeOf(request: Request): string | undefined {
  const route = request.route as { path?: unknown } | undefined;
  return typeof route?.path === 'string' && !CATCH_ALL.test(route.path) ? route.path : undefined;
}
