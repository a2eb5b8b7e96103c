import type { Environment } from './settings.js';

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** Where Bedrock is: AWS itself, an endpoint from the settings, or the sandbox on this machine. */
export type BedrockMode = 'aws' | 'endpoint' | 'sandbox';

/** The settings as they were given; the field of `BODY_LIMIT_MB` is `bodyLimitMb`, and so on. */
export type Settings = Readonly<{
  [Name in keyof Omit<Environment, 'BEDROCK_MODE'> as CamelCase<Name>]: Environment[Name];
}> & {
  readonly bedrockMode: BedrockMode;
  /** False when requests to an endpoint or to the sandbox must be signed with made-up credentials. */
  readonly hasAwsCredentials: boolean;
};

/** The settings after the start has filled in what was left to it. */
export type ResolvedSettings = Settings & { readonly databaseUrl: string; readonly apiKeyPepper: string };

const Fields = class {} as new () => ResolvedSettings;

/** The settings as an injectable: the class is its own token, its fields are those of the schema. */
export class AppConfig extends Fields {
  constructor(settings: ResolvedSettings) {
    super();
    Object.assign(this, settings);
  }
}
