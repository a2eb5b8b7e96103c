import type { NextFunction, Request, Response } from 'express';

const PORT_OF_IPV4 = /^(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}$/;
const BRACKETS_OF_IPV6 = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/i;

/**
 * Express middleware where a proxy is believed: takes the ports off the addresses of `X-Forwarded-For`. Express knows none there,
 * and with one an address is none. Application Load Balancers write them with `routing.http.xff_client_port.enabled`, Azure's
 * Application Gateway always.
 */
export function takeOffPorts({ headers }: Request, _response: Response, next: NextFunction): void {
  const given = headers['x-forwarded-for'];
  if (typeof given === 'string') headers['x-forwarded-for'] = given.split(',').map(withoutPort).join(',');
  next();
}

function withoutPort(address: string): string {
  return address.trim().replace(PORT_OF_IPV4, '$1').replace(BRACKETS_OF_IPV6, '$1');
}
