import { AppConfig } from '../config/app-config.js';
import { readSettings } from '../config/read-settings.js';
import { toStartupText } from './startup-text.js';

const KEYS = { adminKey: 'ak-first', tenantKey: 'sk-first' };

function config(env: NodeJS.ProcessEnv = {}): AppConfig {
  return new AppConfig({
    ...readSettings({ HOME: '/nowhere', ...env }),
    databaseUrl: 'unused',
    apiKeyPepper: 'unused',
  });
}

describe(toStartupText.name, () => {
  it('shows the keys and a call only when there are keys', () => {
    expect(toStartupText(config(), 8080, true, KEYS)).toMatch(/ak-first[^]*sk-first[^]*\ncurl /);
    expect(toStartupText(config(), 8080, true, null)).not.toMatch(/curl|key/i);
  });

  it('names an address that can be called', () => {
    expect(toStartupText(config({ HOST: '0.0.0.0' }), 8080, true, null)).toContain('http://localhost:8080');
    expect(toStartupText(config({ HOST: '10.0.0.7' }), 80, true, null)).toContain('http://10.0.0.7:80');
  });

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['no credentials', {}, 'SANDBOX'],
    ['credentials', { AWS_PROFILE: 'prod', AWS_REGION: 'eu-west-1' }, 'AWS, eu-west-1'],
    ['an endpoint', { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://10.0.0.8' }, 'http://10.0.0.8, us-east-1'],
  ])('says where Bedrock is: %s', (_, env, place) => {
    expect(toStartupText(config(env), 8080, true, null)).toContain(`Bedrock   ${place}`);
  });

  it('quotes the model for a shell', () => {
    const text = toStartupText(config({ DEFAULT_MODEL: "it's" }), 8080, true, KEYS);
    expect(text).toContain(String.raw`{"model":"it'\''s"`);
  });
});
