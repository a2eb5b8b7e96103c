import { readAuthorization } from '../http/authorization.js';
import { BedrockError } from '../errors/bedrock-error.js';
import type { Exchange } from '../http/exchange.js';
import type { SandboxState } from '../operations/sandbox-state.js';
import type { Behaviour } from '../script/behaviour.js';
import { faultOf } from '../stream/delivery.js';
import type { RoleSession } from './role-sessions.js';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Answers AssumeRole, the one operation of STS that the gateway needs: form fields in, XML out. */
export async function answerSts(state: SandboxState, exchange: Exchange): Promise<void> {
  const fields = new URLSearchParams(exchange.body.toString());
  const behaviour: Partial<Behaviour> = state.script.takeFor('AssumeRole') ?? {};
  await exchange.pause(behaviour.headersDelayMs ?? 0);
  const error = faultOf(behaviour, 'error');
  if (error) {
    const { name, status = 400, message = 'The sandbox was told to fail here.' } = error;
    return respondXml(exchange, status, errorXml(name, message, exchange.awsRequestId));
  }
  try {
    const session = open(state, exchange, fields);
    return await respondXml(exchange, 200, sessionXml(session, exchange.awsRequestId));
  } catch (refusal) {
    if (!(refusal instanceof BedrockError)) throw refusal;
    const xml = errorXml(refusal.name.replace(/Exception$/, ''), refusal.message, exchange.awsRequestId);
    return respondXml(exchange, refusal.status, xml);
  }
}

export function isSts(exchange: Exchange): boolean {
  const type = exchange.header('content-type') ?? '';
  return exchange.url.pathname === '/' && type.startsWith('application/x-www-form-urlencoded');
}

function open(state: SandboxState, exchange: Exchange, fields: URLSearchParams): RoleSession {
  const { accessKeyId } = readAuthorization(exchange.header('authorization'), 'sts');
  const roleArn = fields.get('RoleArn');
  const roleSessionName = fields.get('RoleSessionName');
  if (fields.get('Action') !== 'AssumeRole' || roleArn === null || roleSessionName === null) {
    throw new BedrockError('ValidationException', 'The sandbox knows only AssumeRole, with its required fields.');
  }
  const externalId = fields.get('ExternalId');
  return state.roles.open({
    roleArn,
    roleSessionName,
    externalId,
    tags: tagsOf(fields),
    assumedBy: accessKeyId ?? null,
  });
}

function tagsOf(fields: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let index = 1; fields.has(`Tags.member.${index}.Key`); index++) {
    tags[fields.get(`Tags.member.${index}.Key`) ?? ''] = fields.get(`Tags.member.${index}.Value`) ?? '';
  }
  return tags;
}

function sessionXml({ accessKeyId, expiration, roleArn, roleSessionName }: RoleSession, requestId: string): string {
  return (
    `<AssumeRoleResponse xmlns="${NAMESPACE}"><AssumeRoleResult>` +
    `<AssumedRoleUser><AssumedRoleId>AROASANDBOX:${roleSessionName}</AssumedRoleId><Arn>${roleArn}</Arn></AssumedRoleUser>` +
    `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>secret-of-${accessKeyId}</SecretAccessKey>` +
    `<SessionToken>token-of-${accessKeyId}</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials>` +
    `</AssumeRoleResult><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></AssumeRoleResponse>`
  );
}

function errorXml(code: string, message: string, requestId: string): string {
  return (
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`
  );
}

async function respondXml(exchange: Exchange, status: number, xml: string): Promise<void> {
  const payload = Buffer.from(xml);
  exchange.start(status, { 'content-type': 'text/xml', 'content-length': payload.length });
  await exchange.write(payload);
  await exchange.end();
}
